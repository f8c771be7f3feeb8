import type { Activation, Direction } from '../activations/support/activation.ts'
import { type GatedActivation, isGatedActivation } from '../activations/support/glu-activation.ts'
import { bitsFromMask, bitsFromY, isOpenIn } from '../reference/gate.ts'
import { floatOf, pairBits, referenceBits, valueOf } from '../reference/reference.ts'
import { type PairResult } from '../operations/task.ts'
import type { Wanted } from '../operations/task.ts'
import type { Tensors } from '../operations/layout.ts'
import { type Deviation, deviationFromY, deviationOf, exactDeviation, pairDeviation } from './tolerance.ts'
import { BYTES_PER_ELEMENT, type Elements, type Format, WORDS, wordsOf } from '../support/formats.ts'

/** One element whose result is not the reference's. */
export interface Mismatch {
  /** The result that it is an element of: `'y'`, `'mask'`, `'dx'`, `'dGate'`, `'dUp'` or `'dAlpha'`. */
  readonly result: string
  /** The index of the element in that result. */
  readonly index: number
  /** The input of an activation, where the element was computed from it. */
  readonly x?: number
  /** The y that stood for x. */
  readonly y?: number
  /** The bit of the mask that stood for x: 0 or 1. */
  readonly mask?: number
  /** The first input of a gated pair. */
  readonly gate?: number
  /** The second input of a gated pair. */
  readonly up?: number
  /** The upstream gradient, in `backward`. */
  readonly dy?: number
  /** What the CPU reference gives. */
  readonly expected: number
  /** What the GPU gave. */
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

// In the order in which they are judged by.
const NAMES = ['x', 'y', 'mask', 'gate', 'up', 'dy']
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
  const [first, second = first, third = first] = NAMES.flatMap(name => {
    const array = inputs[name]
    return array === undefined || array instanceof Uint32Array ? [] : [wordsOf(array)]
  })
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
 * @param wanted which result it is
 */
export function compareWithReference(
  activation: Activation | GatedActivation,
  wanted: Wanted,
  inputs: Tensors,
  result: Elements | Uint32Array,
  indices: Iterable<number>,
  format: Format = 'f32',
): Comparison {
  const judge = judgeOf(activation, wanted, inputs, result, format)
  const { wordAt } = judge.result
  const { fromFloat32 } = WORDS[judge.result.format]
  const first: Mismatch[] = []
  let elements = 0
  let mismatches = 0
  let maxUlp = 0
  for (const index of indices) {
    elements++
    const reference = judge.referenceAt(index)
    const expected = fromFloat32(reference)
    const actual = wordAt(index)
    if ((expected | 0) === actual) continue
    const { ulp, allowed } = judge.deviationAt(index, reference, actual)
    maxUlp = Math.max(maxUlp, ulp)
    if (allowed) continue
    mismatches++
    if (first.length < REPORTED) {
      const from = Object.fromEntries(judge.inputs.map(column => [column.name, numberAt(column, index)]))
      const [wantedNumber, found] = [expected, actual].map(word => valueOf(judge.result.format, word))
      first.push({ result: judge.result.name, index, ...from, expected: wantedNumber!, actual: found!, ulp })
    }
  }
  return { elements, mismatches, maxUlp, first }
}

/** A comparison that failed, for a person to read: the first mismatches, with a good neighbour where there is one. */
export function describe(
  activation: Activation | GatedActivation,
  wanted: Wanted,
  inputs: Tensors,
  result: Elements | Uint32Array,
  { elements, mismatches, maxUlp, first }: Comparison,
  format: Format = 'f32',
): string {
  const judge = judgeOf(activation, wanted, inputs, result, format)
  const { format: resultFormat, wordAt } = judge.result
  const read = (word: number): string => reading(resultFormat, word)
  const source = ['y', 'mask'].find(name => inputs[name] !== undefined)
  const computed = wanted === 'mask' ? 'forward mask' : source === undefined ? wanted : `${wanted} from ${source}`
  const what = format === 'f32' ? computed : `${computed} in ${format}`
  const lines = [
    `${activation} ${what}: ${mismatches} of ${elements} elements compared differ from the CPU reference, by up to ${maxUlp} ULP.`,
  ]
  const shown = new Set<number>()
  for (const { index } of first) for (const near of [index - 1, index, index + 1]) shown.add(near)
  for (const index of [...shown].sort((a, b) => a - b)) {
    if (index < 0 || index >= judge.inputs.at(-1)!.length) continue
    const reference = judge.referenceAt(index)
    const expected = WORDS[resultFormat].fromFloat32(reference)
    const actual = wordAt(index)
    const differs = (expected | 0) !== actual && !judge.deviationAt(index, reference, actual).allowed
    const from = judge.inputs.map(column => `${column.name} = ${reading(column.format, column.wordAt(index))}`)
    const verdict = differs ? `expected ${read(expected)}, got ${read(actual)}` : `${read(actual)}, as expected`
    lines.push(`${differs ? '✗' : ' '} [${index}] ${from.join(', ')}: ${verdict}`)
  }
  if (mismatches > first.length) lines.push(`  … and ${mismatches - first.length} more`)
  return lines.join('\n')
}

/** An array as the words of a format; of a mask, as integers that are 0 or 1. */
interface Column {
  readonly name: string
  readonly format: Format
  readonly length: number
  readonly wordAt: (index: number) => number
}

/** What the elements of a result have to be. */
interface Judge {
  readonly inputs: readonly Column[]
  readonly result: Column
  /** The reference, as the bits of float32: before it is rounded to the format. Integers are themselves. */
  readonly referenceAt: (index: number) => number
  /** How a word of the result differs from the reference. */
  readonly deviationAt: (index: number, reference: number, actual: number) => Deviation
}

function judgeOf(
  activation: Activation | GatedActivation,
  wanted: Wanted,
  tensors: Tensors,
  array: Elements | Uint32Array,
  format: Format,
): Judge {
  const inputs = NAMES.flatMap(name => (tensors[name] === undefined ? [] : [columnOf(name, tensors[name], format)]))
  const name = wanted === 'forward' ? 'y' : wanted === 'backward' ? 'dx' : wanted
  const columns = { inputs, result: columnOf(name, array, format) }
  const [first, second = first, third = first] = inputs.map(column => {
    const { toFloat32 } = WORDS[column.format]
    return (i: number) => toFloat32(column.wordAt(i))
  })
  const { toFloat32 } = WORDS[format]
  if (wanted === 'mask') {
    const { isOpen } = (activation as Activation).gate!
    const [x] = inputs
    return { ...columns, referenceAt: i => Number(isOpen(numberAt(x!, i))), deviationAt: integersDiffer }
  }
  // relu, which alone takes integers: the same from x, from y and from a bit.
  if (format === 'i32') {
    return { ...columns, referenceAt: i => (first!(i) > 0 ? second!(i) : 0), deviationAt: integersDiffer }
  }
  if (isGatedActivation(activation)) {
    const result = wanted as PairResult
    return {
      ...columns,
      referenceAt: i => pairBits(activation, result, first!(i), second!(i), third!(i)),
      deviationAt: (i, expected, actual) =>
        pairDeviation(activation, result, first!(i), second!(i), third!(i), expected, toFloat32(actual), format),
    }
  }
  if (tensors['mask'] !== undefined) {
    return {
      ...columns,
      referenceAt: i => bitsFromMask(activation, first!(i) === 1, second!(i), i),
      deviationAt: (_, expected, actual) => exactDeviation(expected, toFloat32(actual), format),
    }
  }
  if (tensors['y'] !== undefined) {
    return {
      ...columns,
      referenceAt: i => bitsFromY(activation, floatOf(first!(i)), second!(i), i),
      deviationAt: (i, expected, actual) =>
        deviationFromY(activation, first!(i), second!(i), expected, toFloat32(actual), format),
    }
  }
  const direction = wanted as Direction
  return {
    ...columns,
    referenceAt: i => referenceBits(activation, direction, first!(i), second!(i), i),
    deviationAt: (i, expected, actual) =>
      deviationOf(activation, direction, first!(i), second!(i), expected, toFloat32(actual), format),
  }
}

function columnOf(name: string, array: Elements | Uint32Array, format: Format): Column {
  const { length } = array
  if (array instanceof Uint32Array) {
    return { name, format: 'i32', length, wordAt: i => Number(isOpenIn(array, i)) }
  }
  const words = wordsOf(array)
  return { name, format, length, wordAt: i => words[i]! }
}

function integersDiffer(_: number, expected: number, actual: number): Deviation {
  return { ulp: Math.abs(actual - expected), allowed: false }
}

function numberAt({ format, wordAt }: Column, index: number): number {
  return valueOf(format, wordAt(index))
}

function reading(format: Format, word: number): string {
  const value = valueOf(format, word)
  if (format === 'i32') return String(value)
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
