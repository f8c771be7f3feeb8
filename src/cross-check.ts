import type { Activation, Direction, Inputs } from './activations/activation.ts'
import { bitsView, floatOf, isNaNBits, referenceBits } from './cpu/reference.ts'

/** One element whose result is not the reference's. */
export interface Mismatch {
  readonly index: number
  readonly x: number
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
  /** How many of them differ. */
  readonly mismatches: number
  /** The largest distance in units in the last place. */
  readonly maxUlp: number
  /** The first few that differ. */
  readonly first: readonly Mismatch[]
}

const SAMPLES = 1024
const REPORTED = 8

/**
 * The elements a sampled cross-check looks at: the first and the last, one at random from each of 1,024 equal parts, and
 * every element where the input or the result is NaN. One seed always gives the same elements.
 */
export function* sampleIndices(inputs: Inputs, result: Float32Array, seed: number): Generator<number> {
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
  const x = bitsView(inputs.x)
  const dy = bitsView(inputs.dy ?? inputs.x)
  const bits = bitsView(result)
  for (let i = 0; i < length; i++) {
    if ((isNaNBits(x[i]!) || isNaNBits(dy[i]!) || isNaNBits(bits[i]!)) && !sample.has(i)) yield i
  }
}

/** Every element, for a full cross-check. */
export function* allIndices(length: number): Generator<number> {
  for (let i = 0; i < length; i++) yield i
}

/** Compares results with the reference, bit for bit, at the given elements. */
export function compareWithReference(
  activation: Activation,
  direction: Direction,
  inputs: Inputs,
  result: Float32Array,
  indices: Iterable<number>,
): Comparison {
  const x = bitsView(inputs.x)
  const dy = bitsView(inputs.dy ?? inputs.x)
  const bits = bitsView(result)
  const first: Mismatch[] = []
  let elements = 0
  let mismatches = 0
  let maxUlp = 0
  for (const index of indices) {
    elements++
    const expected = referenceBits(activation, direction, x[index]!, dy[index]!)
    const actual = bits[index]!
    if ((expected | 0) === actual) continue
    mismatches++
    const ulp = ulpDistance(expected, actual)
    maxUlp = Math.max(maxUlp, ulp)
    if (first.length < REPORTED) {
      const gradient = inputs.dy === undefined ? {} : { dy: floatOf(dy[index]!) }
      first.push({
        index,
        x: floatOf(x[index]!),
        ...gradient,
        expected: floatOf(expected),
        actual: floatOf(actual),
        ulp,
      })
    }
  }
  return { elements, mismatches, maxUlp, first }
}

/** A comparison that failed, for a person to read: the first mismatches, with a good neighbour where there is one. */
export function describe(
  activation: Activation,
  direction: Direction,
  inputs: Inputs,
  result: Float32Array,
  comparison: Comparison,
): string {
  const { elements, mismatches, maxUlp, first } = comparison
  const lines = [
    `${activation} ${direction}: ${mismatches} of ${elements} elements compared differ from the CPU reference, by up to ${maxUlp} ULP.`,
  ]
  const shown = new Set<number>()
  for (const { index } of first) for (const near of [index - 1, index, index + 1]) shown.add(near)
  for (const index of [...shown].toSorted((a, b) => a - b)) {
    if (index < 0 || index >= result.length) continue
    const x = bitsView(inputs.x)[index]!
    const dy = bitsView(inputs.dy ?? inputs.x)[index]!
    const expected = referenceBits(activation, direction, x, dy)
    const actual = bitsView(result)[index]!
    const differs = (expected | 0) !== actual
    const gradient = inputs.dy === undefined ? '' : `, dy = ${reading(dy)}`
    const verdict = differs
      ? `expected ${reading(expected)}, got ${reading(actual)}`
      : `${reading(actual)}, as expected`
    lines.push(`${differs ? '✗' : ' '} [${index}] x = ${reading(x)}${gradient}: ${verdict}`)
  }
  if (mismatches > first.length) lines.push(`  … and ${mismatches - first.length} more`)
  return lines.join('\n')
}

function reading(bits: number): string {
  const value = floatOf(bits)
  const text = Object.is(value, -0) ? '-0' : String(value)
  return Number.isNaN(value) || value === 0 ? `${text} (0x${(bits >>> 0).toString(16).padStart(8, '0')})` : text
}

/** How many float32 lie between two, given as bits: 1 between neighbours, Infinity between NaN and a number. */
export function ulpDistance(a: number, b: number): number {
  if (isNaNBits(a) || isNaNBits(b)) return isNaNBits(a) && isNaNBits(b) ? 0 : Infinity
  return Math.abs(ordered(a) - ordered(b))
}

// float32 in the order of their values, counted from zero: neighbours differ by 1, -0 and +0 by nothing.
function ordered(bits: number): number {
  const magnitude = bits & 0x7fffffff
  return bits < 0 ? -magnitude : magnitude
}

// xorshift32 (Marsaglia, "Xorshift RNGs", 2003): enough to pick samples. Its state must not be zero.
function randomFrom(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
