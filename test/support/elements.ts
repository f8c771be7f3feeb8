import { expect } from 'vitest'
import type { Format } from '../../src/index.ts'

/** The words of a tensor: int32 for 32-bit formats, and uint16. */
export type Elements = Int32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>

/** Elements with bits that look random, the same every time. */
export function scrambled(format: Format, length: number, seed: number): Elements {
  const words = new Int32Array(length)
  for (let i = 0; i < length; i++) {
    let word = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b)
    word = Math.imul(word ^ (word >>> 16), 0x21f0aaad)
    words[i] = Math.imul(word ^ (word >>> 15), 0x735a2d97)
  }
  return isHalf(format) ? Uint16Array.from(words, word => word >>> 16) : words
}

function isHalf(format: Format): boolean {
  return format === 'f16' || format === 'bf16'
}

/** The bits of Infinity; for integers there is none. */
const INFINITY: Record<Exclude<Format, 'i32'>, number> = { f32: 0x7f800000, f16: 0x7c00, bf16: 0x7f80 }

/** Whether relu passes the element: x > 0, or NaN. */
function isOpen(format: Format, word: number): boolean {
  if (format === 'i32') return word > 0
  const bits = isHalf(format) ? 16 : 32
  const magnitude = word & (isHalf(format) ? 0x7fff : 0x7fffffff)
  const isNegative = bits === 16 ? word >= 0x8000 : word < 0
  return magnitude > INFINITY[format] || (!isNegative && magnitude > 0)
}

/** relu by the contract, on bits: what is negative becomes +0, and everything else stays. */
export function reluOf(format: Format, x: Elements): Elements {
  const isZero = (word: number): boolean => format !== 'i32' && (word & (isHalf(format) ? 0x7fff : 0x7fffffff)) === 0
  return x.map(word => (isOpen(format, word) || isZero(word) ? word : 0))
}

export function reluGradientOf(format: Format, x: Elements, dy: Elements): Elements {
  return x.map((word, i) => (isOpen(format, word) ? dy[i]! : 0))
}

/** Bit i % 32 of word i / 32 for element i. */
export function maskOf(format: Format, x: Elements): Uint32Array<ArrayBuffer> {
  const mask = new Uint32Array(Math.ceil(x.length / 32))
  for (const [i, word] of x.entries()) if (isOpen(format, word)) mask[i >>> 5]! |= 1 << (i & 31)
  return mask
}

/** Expects the same words, and shows the first few that differ: `toEqual` takes seconds over long arrays. */
export function expectSameElements(actual: Elements | Uint32Array, expected: Elements | Uint32Array): void {
  expect([actual.constructor, actual.length]).toEqual([expected.constructor, expected.length])
  const differences: { index: number; expected: number; actual: number }[] = []
  for (let i = 0; i < expected.length && differences.length < 8; i++) {
    if (actual[i] !== expected[i]) differences.push({ index: i, expected: expected[i]!, actual: actual[i]! })
  }
  expect(differences).toEqual([])
}
