import type { Activation, Direction, Inputs, PairInputs } from './activations/activation.ts'
import { type GatedActivation, isGated } from './activations/gated.ts'
import { bitsView, floatOf, isNaNBits, type PairResult, pairBits, referenceBits } from './cpu/reference.ts'
import { type Deviation, deviationOf, pairDeviation } from './deviation.ts'

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
  /** The distance in units in the last place; Infinity between NaN and a number. */
  readonly ulp: number
}

/** What a comparison found. */
export interface Comparison {
  /** How many elements were compared. */
  readonly elements: number
  /** How many of them are out of bounds. */
  readonly mismatches: number
  /** The largest error that counts, in units in the last place. */
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
export function* sampleIndices(inputs: Inputs | PairInputs, result: Float32Array, seed: number): Generator<number> {
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
  const [first, second = first, third = first] = wordsOf(inputs).map(([, words]) => words)
  const bits = bitsView(result)
  for (let i = 0; i < length; i++) {
    const isNaN = isNaNBits(first![i]!) || isNaNBits(second![i]!) || isNaNBits(third![i]!) || isNaNBits(bits[i]!)
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
  inputs: Inputs | PairInputs,
  result: Float32Array,
  indices: Iterable<number>,
): Comparison {
  const { name, words, expectedAt, deviationAt } = judgeOf(activation, wanted, inputs)
  const bits = bitsView(result)
  const first: Mismatch[] = []
  let elements = 0
  let mismatches = 0
  let maxUlp = 0
  for (const index of indices) {
    elements++
    const expected = expectedAt(index)
    const actual = bits[index]!
    if ((expected | 0) === actual) continue
    const { ulp, allowed } = deviationAt(index, expected, actual)
    maxUlp = Math.max(maxUlp, ulp)
    if (allowed) continue
    mismatches++
    if (first.length < REPORTED) {
      const from = Object.fromEntries(words.map(([input, array]) => [input, floatOf(array[index]!)]))
      first.push({ result: name, index, ...from, expected: floatOf(expected), actual: floatOf(actual), ulp })
    }
  }
  return { elements, mismatches, maxUlp, first }
}

/** A comparison that failed, for a person to read: the first mismatches, with a good neighbour where there is one. */
export function describe(
  activation: Activation | GatedActivation,
  wanted: Direction | PairResult,
  inputs: Inputs | PairInputs,
  result: Float32Array,
  { elements, mismatches, maxUlp, first }: Comparison,
): string {
  const { words, expectedAt, deviationAt } = judgeOf(activation, wanted, inputs)
  const lines = [
    `${activation} ${wanted}: ${mismatches} of ${elements} elements compared differ from the CPU reference, by up to ${maxUlp} ULP.`,
  ]
  const shown = new Set<number>()
  for (const { index } of first) for (const near of [index - 1, index, index + 1]) shown.add(near)
  for (const index of [...shown].toSorted((a, b) => a - b)) {
    if (index < 0 || index >= result.length) continue
    const expected = expectedAt(index)
    const actual = bitsView(result)[index]!
    const differs = (expected | 0) !== actual && !deviationAt(index, expected, actual).allowed
    const from = words.map(([input, array]) => `${input} = ${reading(array[index]!)}`)
    const verdict = differs
      ? `expected ${reading(expected)}, got ${reading(actual)}`
      : `${reading(actual)}, as expected`
    lines.push(`${differs ? '✗' : ' '} [${index}] ${from.join(', ')}: ${verdict}`)
  }
  if (mismatches > first.length) lines.push(`  … and ${mismatches - first.length} more`)
  return lines.join('\n')
}

/** What the elements of a result have to be. Everything is bits of float32. */
interface Judge {
  /** What the result is called. */
  readonly name: string
  readonly words: readonly (readonly [string, Int32Array])[]
  readonly expectedAt: (index: number) => number
  readonly deviationAt: (index: number, expected: number, actual: number) => Deviation
}

function judgeOf(
  activation: Activation | GatedActivation,
  wanted: Direction | PairResult,
  inputs: Inputs | PairInputs,
): Judge {
  const words = wordsOf(inputs)
  const [[, first], [, second] = words[0]!, [, third] = words[0]!] = words as [Words, Words?, Words?]
  if (isGated(activation)) {
    const result = wanted as PairResult
    return {
      name: result === 'forward' ? 'y' : result,
      words,
      expectedAt: i => pairBits(activation, result, first[i]!, second[i]!, third[i]!),
      deviationAt: (i, expected, actual) =>
        pairDeviation(activation, result, first[i]!, second[i]!, third[i]!, expected, actual),
    }
  }
  const direction = wanted as Direction
  return {
    name: direction === 'forward' ? 'y' : 'dx',
    words,
    expectedAt: i => referenceBits(activation, direction, first[i]!, second[i]!, i),
    deviationAt: (i, expected, actual) => deviationOf(activation, direction, first[i]!, second[i]!, expected, actual),
  }
}

type Words = readonly [name: string, words: Int32Array]

/** The inputs by their names, as bits. */
function wordsOf(inputs: Partial<Inputs & PairInputs>): Words[] {
  const names = ['x', 'gate', 'up', 'dy'] as const
  return names.flatMap(name => {
    const array = inputs[name]
    return array === undefined ? [] : [[name, bitsView(array)] as const]
  })
}

function reading(bits: number): string {
  const value = floatOf(bits)
  const text = Object.is(value, -0) ? '-0' : String(value)
  return Number.isNaN(value) || value === 0 ? `${text} (0x${(bits >>> 0).toString(16).padStart(8, '0')})` : text
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
