import type { Activation, Direction } from './activations/activation.ts'
import { type GatedActivation, isGated } from './activations/gated.ts'
import type { Tensors } from './cpu/compute.ts'
import { floatOf, type PairResult, pairBits, referenceBits } from './cpu/reference.ts'
import { type Deviation, deviationOf, pairDeviation } from './deviation.ts'
import { BYTES_PER_ELEMENT, type Elements, type Format, WORDS, wordsOf } from './formats.ts'

/** One element whose result is not the reference's. */
export interface Mismatch {
  /** The result that it is an element of: `'y'`, `'dx'`, `'dGate'`, `'dUp'` or `'dAlpha'`. */
  readonly result: string
  readonly index: number
  /** What it was computed from: x, or gate and up; and backward dy. */
  readonly x?: number
  readonly gate?: number
  readonly up?: number
  readonly dy?: number
  readonly expected: number
  readonly actual: number
  /** The distance in units in the last place of the format that the arrays are in; Infinity between NaN and a number. */
  readonly ulp: number
}

/** What a comparison found. */
export interface Comparison {
  /** How many elements were compared. */
  readonly elements: number
  /** How many of them are out of bounds. */
  readonly mismatches: number
  /** The largest error that counts, in units in the last place of the format. */
  readonly maxUlp: number
  /** The first few that differ. */
  readonly first: readonly Mismatch[]
}

const SAMPLES = 1024
export const REPORTED = 8

/**
 * The elements a sampled cross-check looks at: the first and the last, one at random from each of 1,024 equal parts, and
 * every element where the input or the result is NaN. One seed always gives the same elements.
 */
export function* sampleIndices(
  inputs: Tensors,
  result: Elements,
  seed: number,
  format: Format = 'f32',
): Generator<number> {
  const length = result.length
  if (length === 0) return
  const random = randomFrom(seed)
  const parts = Math.min(SAMPLES, length)
  const sample = new Set([0])
  for (let part = 0; part < parts; part++) {
    sample.add(Math.min(length - 1, Math.floor(((part + random()) * length) / parts)))
  }
  sample.add(length - 1)
  yield* sample
  const [first, second = first, third = first] = namedWords(inputs).map(([, words]) => words)
  const words = wordsOf(result)
  const { magnitude, infinity } = WORDS[format]
  for (let i = 0; i < length; i++) {
    const isNaN =
      (first![i]! & magnitude) > infinity ||
      (second![i]! & magnitude) > infinity ||
      (third![i]! & magnitude) > infinity ||
      (words[i]! & magnitude) > infinity
    if (isNaN && !sample.has(i)) yield i
  }
}

/** Every element, for a full cross-check. */
export function* allIndices(length: number): Generator<number> {
  for (let i = 0; i < length; i++) yield i
}

/**
 * Compares results with the reference, within the bounds of the activation, at the given elements.
 *
 * @param wanted which result it is: of a pair `forward` for y, or `dGate` or `dUp`
 */
export function compareWithReference(
  activation: Activation | GatedActivation,
  wanted: Direction | PairResult,
  inputs: Tensors,
  result: Elements,
  indices: Iterable<number>,
  format: Format = 'f32',
): Comparison {
  const { name, words, referenceAt, deviationAt } = judgeOf(activation, wanted, inputs, format)
  const { fromFloat32 } = WORDS[format]
  const results = wordsOf(result)
  const first: Mismatch[] = []
  let elements = 0
  let mismatches = 0
  let maxUlp = 0
  for (const index of indices) {
    elements++
    const reference = referenceAt(index)
    const expected = fromFloat32(reference)
    const actual = results[index]!
    if ((expected | 0) === actual) continue
    const { ulp, allowed } = deviationAt(index, reference, actual)
    maxUlp = Math.max(maxUlp, ulp)
    if (allowed) continue
    mismatches++
    if (first.length < REPORTED) {
      const value = (word: number): number => valueOf(format, word)
      const from = Object.fromEntries(words.map(([input, array]) => [input, value(array[index]!)]))
      first.push({ result: name, index, ...from, expected: value(expected), actual: value(actual), ulp })
    }
  }
  return { elements, mismatches, maxUlp, first }
}

/** A comparison that failed, for a person to read: the first mismatches, with a good neighbour where there is one. */
export function describe(
  activation: Activation | GatedActivation,
  wanted: Direction | PairResult,
  inputs: Tensors,
  result: Elements,
  { elements, mismatches, maxUlp, first }: Comparison,
  format: Format = 'f32',
): string {
  const { words, referenceAt, deviationAt } = judgeOf(activation, wanted, inputs, format)
  const read = (word: number): string => reading(format, word)
  const what = format === 'f32' ? wanted : `${wanted} in ${format}`
  const lines = [
    `${activation} ${what}: ${mismatches} of ${elements} elements compared differ from the CPU reference, by up to ${maxUlp} ULP.`,
  ]
  const shown = new Set<number>()
  for (const { index } of first) for (const near of [index - 1, index, index + 1]) shown.add(near)
  for (const index of [...shown].toSorted((a, b) => a - b)) {
    if (index < 0 || index >= result.length) continue
    const reference = referenceAt(index)
    const expected = WORDS[format].fromFloat32(reference)
    const actual = wordsOf(result)[index]!
    const differs = (expected | 0) !== actual && !deviationAt(index, reference, actual).allowed
    const from = words.map(([input, array]) => `${input} = ${read(array[index]!)}`)
    const verdict = differs ? `expected ${read(expected)}, got ${read(actual)}` : `${read(actual)}, as expected`
    lines.push(`${differs ? '✗' : ' '} [${index}] ${from.join(', ')}: ${verdict}`)
  }
  if (mismatches > first.length) lines.push(`  … and ${mismatches - first.length} more`)
  return lines.join('\n')
}

/** What the elements of a result have to be. */
interface Judge {
  /** What the result is called. */
  readonly name: string
  /** The inputs by their names, as the words of their format. */
  readonly words: readonly NamedWords[]
  /** The reference, as the bits of float32: before it is rounded to the format. Integers are themselves. */
  readonly referenceAt: (index: number) => number
  /** How a word of the result differs from the reference. */
  readonly deviationAt: (index: number, reference: number, actual: number) => Deviation
}

function judgeOf(
  activation: Activation | GatedActivation,
  wanted: Direction | PairResult,
  inputs: Tensors,
  format: Format,
): Judge {
  const words = namedWords(inputs)
  if (format === 'i32') return judgeOfIntegers(wanted as Direction, words)
  const { toFloat32 } = WORDS[format]
  const [first, second = first, third = first] = words.map(
    ([, array]) =>
      (i: number) =>
        toFloat32(array[i]!),
  )
  if (isGated(activation)) {
    const result = wanted as PairResult
    return {
      name: result === 'forward' ? 'y' : result,
      words,
      referenceAt: i => pairBits(activation, result, first!(i), second!(i), third!(i)),
      deviationAt: (i, expected, actual) =>
        pairDeviation(activation, result, first!(i), second!(i), third!(i), expected, toFloat32(actual), format),
    }
  }
  const direction = wanted as Direction
  return {
    name: direction === 'forward' ? 'y' : 'dx',
    words,
    referenceAt: i => referenceBits(activation, direction, first!(i), second!(i), i),
    deviationAt: (i, expected, actual) =>
      deviationOf(activation, direction, first!(i), second!(i), expected, toFloat32(actual), format),
  }
}

/** relu, which alone takes integers, is exact. */
function judgeOfIntegers(direction: Direction, words: readonly NamedWords[]): Judge {
  const [[, x], [, dy] = words[0]!] = words as [NamedWords, NamedWords?]
  return {
    name: direction === 'forward' ? 'y' : 'dx',
    words,
    referenceAt: i => (x[i]! > 0 ? dy[i]! : 0),
    deviationAt: (_, expected, actual) => ({ ulp: Math.abs(actual - expected), allowed: false }),
  }
}

type NamedWords = readonly [name: string, words: Int32Array | Uint16Array]

function namedWords(inputs: Tensors): NamedWords[] {
  const names = ['x', 'gate', 'up', 'dy']
  return names.flatMap(name => {
    const elements = inputs[name]
    return elements === undefined ? [] : [[name, wordsOf(elements)] as const]
  })
}

function valueOf(format: Format, word: number): number {
  return format === 'i32' ? word : floatOf(WORDS[format].toFloat32(word))
}

function reading(format: Format, word: number): string {
  const value = valueOf(format, word)
  const text = Object.is(value, -0) ? '-0' : String(value)
  const digits = 2 * BYTES_PER_ELEMENT[format]
  return Number.isNaN(value) || value === 0 ? `${text} (0x${(word >>> 0).toString(16).padStart(digits, '0')})` : text
}

// xorshift32 (Marsaglia, "Xorshift RNGs", 2003): enough to pick samples. Its state must not be zero.
export function randomFrom(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
