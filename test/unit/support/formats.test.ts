import { describe, expect, test } from 'vitest'
import { WORDS } from '../../../src/support/formats.ts'
import { expectSameBits, fromBits, scrambledBits, toBits } from '../../support/float32.ts'
import { everyWord, expectSameWords, fromHalf, type HalfFormat, hardToRound, toHalf } from '../../support/half.ts'

function rounded(format: HalfFormat, elements: Float32Array): Uint16Array {
  return Uint16Array.from(toBits(elements), bits => WORDS[format].fromFloat32(bits | 0))
}

function widened(format: HalfFormat, words: Uint16Array): Float32Array {
  return fromBits(Array.from(words, WORDS[format].toFloat32))
}

describe.each(['f16', 'bf16'] as const)('%s', format => {
  test('all 65,536 words as float32', () => {
    expectSameBits(widened(format, everyWord), fromHalf(format, everyWord))
  })

  test('and back', () => {
    expectSameWords(format, rounded(format, widened(format, everyWord)), everyWord)
  })

  test('rounds to nearest even', () => {
    for (const elements of [hardToRound(format), scrambledBits(2 ** 18, 1)]) {
      expectSameWords(format, rounded(format, elements), toHalf(format, elements))
    }
  })
})

// From the definitions, worked out by hand.
test.each([
  ['f16', 65504, 0x7bff],
  ['f16', 65519.99609375, 0x7bff],
  ['f16', 65520, 0x7c00],
  ['f16', -1e30, 0xfc00],
  ['f16', 2 ** -24, 0x0001],
  ['f16', 2 ** -25, 0x0000],
  ['f16', -(2 ** -25) * (1 + 2 ** -23), 0x8001],
  ['f16', 3 * 2 ** -25, 0x0002],
  ['f16', 1 / 3, 0x3555],
  ['f16', -0, 0x8000],
  ['bf16', 1 / 3, 0x3eab],
  ['bf16', Math.PI, 0x4049],
  ['bf16', 3.4028234663852886e38, 0x7f80],
  ['bf16', 2 ** -133, 0x0001],
  ['bf16', 2 ** -134, 0x0000],
  ['bf16', -0, 0x8000],
] as const)('%s of %d', (format, value, word) => {
  expect([...rounded(format, Float32Array.of(value))]).toEqual([word])
})

test.each([
  ['f16', 0x7f800001, 0x7e00],
  ['f16', 0xffc00000, 0xfe00],
  ['f16', 0xffa02001, 0xfd01],
  ['f16', 0x7fffffff, 0x7fff],
  ['bf16', 0x7f800001, 0x7fc0],
  ['bf16', 0xffa1ffff, 0xffa1],
  ['bf16', 0x7fffffff, 0x7fff],
] as const)('%s of the NaN %i', (format, bits, word) => {
  expect([...rounded(format, fromBits([bits]))]).toEqual([word])
})
