import { expect } from 'vitest'
import type { Fault } from './contract.ts'
import { bitsOf, fromBits, toBits } from './float32.ts'

// float16 and bfloat16 from their definitions, for the tests alone: by the values of all words and a search among them,
// not by bits.

export type HalfFormat = 'f16' | 'bf16'

interface Half {
  /** How many bits of a word are its significand. */
  readonly significand: number
  /** The word of Infinity. */
  readonly infinity: number
  /** The values of the words from 0 on, and for Infinity the number that would be next. */
  readonly values: Float64Array
}

function halfOf(significand: number, exponentBits: number): Half {
  const bias = 2 ** (exponentBits - 1) - 1
  const units = 2 ** significand
  const infinity = (2 ** exponentBits - 1) * units
  const values = Float64Array.from({ length: infinity + 1 }, (_, word) => {
    const exponent = Math.floor(word / units)
    const fraction = (word % units) / units
    return exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias)
  })
  return { significand, infinity, values }
}

const halves: Readonly<Record<HalfFormat, Half>> = { f16: halfOf(10, 5), bf16: halfOf(7, 8) }

/** Every word of 16 bits. */
export const everyWord = Uint16Array.from({ length: 2 ** 16 }, (_, word) => word)

/** Words that look random, each once. */
export function shuffledWords(seed: number): Uint16Array<ArrayBuffer> {
  return everyWord.map(word => {
    const multiple = Math.imul(word + seed, 0x9e35) & 0xffff
    return Math.imul(multiple ^ (multiple >> 7), 0x85eb)
  })
}

/** The float32 with the value of a word; NaN with the same payload. */
export function fromHalf(format: HalfFormat, words: Uint16Array): Float32Array<ArrayBuffer> {
  const { significand, infinity, values } = halves[format]
  const result = new Float32Array(words.length)
  const bits = toBits(result)
  for (const [i, word] of words.entries()) {
    const magnitude = word % 2 ** 15
    const isNegative = word >= 2 ** 15
    if (magnitude < infinity) result[i] = isNegative ? -values[magnitude]! : values[magnitude]!
    else bits[i] = (isNegative ? 0xff800000 : 0x7f800000) + (magnitude - infinity) * 2 ** (23 - significand)
  }
  return result
}

/** The words nearest to float32, ties to even. A NaN keeps the top of its payload, and is quiet where that is 0. */
export function toHalf(format: HalfFormat, array: Float32Array): Uint16Array<ArrayBuffer> {
  const { significand, infinity } = halves[format]
  const bits = toBits(array)
  const words = new Uint16Array(array.length)
  for (const [i, value] of array.entries()) {
    const payload = Math.floor((bits[i]! % 2 ** 23) / 2 ** (23 - significand))
    const nan = infinity + (payload === 0 ? 2 ** (significand - 1) : payload)
    words[i] = Number.isNaN(value) ? nan + (bits[i]! >= 2 ** 31 ? 2 ** 15 : 0) : nearest(format, value)
  }
  return words
}

const fractions = [
  0, 1, 0xfff, 0x1000, 0x1001, 0x2000, 0x7fff, 0x8000, 0x8001, 0x10000, 0x3fffff, 0x400000, 0x7fefff, 0x7ff000,
  0x7f7fff, 0x7f8000, 0x7fffff,
]

/**
 * float32 that are hard to round: all values of the format, what lies halfway between two, and the neighbours of both; and
 * some of every exponent, NaN among them.
 */
export function hardToRound(format: HalfFormat): Float32Array<ArrayBuffer> {
  const { infinity, values } = halves[format]
  const finite = Float32Array.from(values.subarray(0, infinity))
  const halfway = finite.map((_, i) => (values[i]! + values[i + 1]!) / 2)
  const near = [-2, -1, 0, 1, 2].flatMap(step => [finite, halfway].map(array => toBits(array).map(bits => bits + step)))
  const everyExponent = fractions.map(fraction => Uint32Array.from({ length: 512 }, (_, i) => i * 2 ** 23 + fraction))
  const negative = near.map(words => words.map(bits => bits ^ 0x80000000))
  return fromBits([...near, ...negative, ...everyExponent].flatMap(words => [...words]))
}

/** The word nearest to a number, ties to even. */
function nearest(format: HalfFormat, value: number): number {
  const { infinity, values } = halves[format]
  const sign = value < 0 || Object.is(value, -0) ? 2 ** 15 : 0
  const size = Math.abs(value)
  if (size >= values[infinity]!) return sign + infinity
  let low = 0
  let high = infinity
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (values[middle]! <= size) low = middle
    else high = middle
  }
  const [below, above] = [size - values[low]!, values[high]! - size]
  return sign + (below < above || (below === above && low % 2 === 0) ? low : high)
}

/**
 * What a result may have been in float32 before it was rounded, as bits: the one nearest to the truth of all that round to
 * the word. Where that is right by the contract for float32, so is the word.
 */
function beforeRounding(format: HalfFormat, word: number, truth: number): number {
  const { infinity, values } = halves[format]
  const magnitude = word % 2 ** 15
  if (magnitude > infinity) return toBits(fromHalf(format, Uint16Array.of(word)))[0]!
  const sign = word >= 2 ** 15 ? -1 : 1
  const size = Math.fround(truth) * sign
  if (Number.isNaN(size)) return bitsOf(magnitude === infinity ? sign * Infinity : sign * values[magnitude]!)
  const halfway = (a: number, b: number): number => (values[a]! + values[b]!) / 2
  const most = magnitude === infinity ? Infinity : halfway(magnitude, magnitude + 1)
  // Zero has the sign of the word, and stands for numbers of either.
  const least = magnitude === 0 ? -most : halfway(magnitude - 1, magnitude)
  const nearest = size === 0 && magnitude === 0 ? 0 : Math.max(least, Math.min(size, most))
  return bitsOf(sign * nearest)
}

/** Whether a word is what the truth rounds to, and no tie: a quick yes, which leaves out the sign of a zero. */
function isNearest(format: HalfFormat, word: number, truth: number): boolean {
  const { infinity, values } = halves[format]
  const magnitude = word % 2 ** 15
  const size = (word >= 2 ** 15 ? -truth : truth) * 2
  if (magnitude === 0) return truth === 0 ? Object.is(truth, 0) && word === 0 : Math.abs(size) < values[1]!
  if (magnitude === infinity) return size > values[infinity - 1]! + values[infinity]!
  if (magnitude > infinity) return false
  return size > values[magnitude - 1]! + values[magnitude]! && size < values[magnitude]! + values[magnitude + 1]!
}

const SHOWN = 8

/**
 * Expects each word to be right, and shows the first that are not.
 *
 * @param faultAt what is wrong with a result in float32, given as bits
 */
export function expectRightHalves(
  format: HalfFormat,
  actual: Uint16Array,
  truthAt: (index: number) => number,
  faultAt: (index: number, truth: number, bits: number) => Fault,
  inputs: Readonly<Record<string, Uint16Array>>,
): void {
  expect(actual.length).toBe(Object.values(inputs)[0]!.length)
  const faults: string[] = []
  for (let i = 0; i < actual.length && faults.length < SHOWN; i++) {
    const truth = truthAt(i)
    if (isNearest(format, actual[i]!, truth)) continue
    const nearest = faultAt(i, truth, beforeRounding(format, actual[i]!, truth))
    // Zero may also be one that float32 flushed.
    const isZero = actual[i]! % 2 ** 15 === 0
    const fault = nearest !== undefined && isZero ? faultAt(i, truth, actual[i]! * 2 ** 16) : nearest
    if (fault !== undefined)
      faults.push(`${reading(format, inputs, i)}: ${truth}, got ${show(format, actual[i]!)}: ${fault}`)
  }
  expect(faults).toEqual([])
}

/**
 * Tells whether a driver flushed a result that is subnormal in float32. In bfloat16 the largest of these round to the smallest
 * normal number.
 */
export function isFlushed(word: number, result: number): boolean {
  return (word & 0x7fff) === 0 && result !== 0 && Math.abs(result) < 2 ** -126
}

/** Expects the same words, and shows the first that differ. @param isRight what is right too */
export function expectSameWords(
  format: HalfFormat,
  actual: Uint16Array,
  expected: Uint16Array,
  inputs: Readonly<Record<string, Uint16Array>> = {},
  isRight: (word: number, expected: number, index: number) => boolean = () => false,
): void {
  expect(actual.length).toBe(expected.length)
  const faults: string[] = []
  for (let i = 0; i < actual.length && faults.length < SHOWN; i++) {
    if (actual[i] === expected[i] || isRight(actual[i]!, expected[i]!, i)) continue
    faults.push(
      `${reading(format, inputs, i)}: expected ${show(format, expected[i]!)}, got ${show(format, actual[i]!)}`,
    )
  }
  expect(faults).toEqual([])
}

function reading(format: HalfFormat, inputs: Readonly<Record<string, Uint16Array>>, index: number): string {
  const given = Object.entries(inputs).map(([name, words]) => `${name} = ${show(format, words[index]!)}`)
  return `[${index}] ${given.join(', ')}`
}

function show(format: HalfFormat, word: number): string {
  return `${fromHalf(format, Uint16Array.of(word))[0]} (0x${word.toString(16).padStart(4, '0')})`
}
