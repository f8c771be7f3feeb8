import fc from 'fast-check'
import { describe, test } from 'vitest'
import { leakyRelu, relu } from '../../src/index.ts'
import { expectSameBits, fromBits, scrambledBits } from '../support/float32.ts'
import { processors } from '../support/processors.ts'
import { leakyReluBackward, leakyReluForward, reluBackward, reluForward } from '../support/truth.ts'

// Bit for bit: payloads of NaN, signs of zero, subnormals, and the boundaries between them.

const magnitudes = [
  0x00000000, 0x00000001, 0x00000002, 0x00400000, 0x007fffff, 0x00800000, 0x00800001, 0x00ffffff, 0x01000000,
  0x0c000000, 0x3effffff, 0x3f000000, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x40000000, 0x7f000000, 0x7f7fffff,
  0x7f800000, 0x7f800001, 0x7fa00000, 0x7fbfffff, 0x7fc00000, 0x7fc12345, 0x7fffffff,
]
const boundaries = magnitudes.flatMap(bits => [bits, (bits | 0x80000000) >>> 0])
const largest = 3.4028234663852886e38
const alphas = [0.01, 0.001, 0, -0, 1, -1, -0.5, 2, 3.7, 1e-10, 1e10, 2 ** -126, 2 ** -149, -1e-40, largest]

// Each boundary with each, and many bits that look random: x and dy.
const pairs = [
  {
    x: fromBits(boundaries.flatMap(() => boundaries)),
    dy: fromBits(boundaries.flatMap(dy => boundaries.map(() => dy))),
  },
  { x: scrambledBits(30_001, 1), dy: scrambledBits(30_001, 2) },
]

describe.each(processors)('$name', processor => {
  test('relu forward', async () => {
    for (const { x } of pairs) expectSameBits(await processor.forward(relu(), x), reluForward(x), { x })
  })

  test('relu backward', async () => {
    for (const { x, dy } of pairs) {
      expectSameBits(await processor.backward(relu(), x, dy), reluBackward(x, dy), { x, dy })
    }
  })

  test.each(alphas)('leakyRelu forward, alpha %s', async alpha => {
    for (const { x } of pairs) {
      const y = await processor.forward(leakyRelu({ alpha }), x)
      expectSameBits(y, leakyReluForward(Math.fround(alpha), x), { x })
    }
  })

  test.each(alphas)('leakyRelu backward, alpha %s', async alpha => {
    for (const { x, dy } of pairs) {
      const dx = await processor.backward(leakyRelu({ alpha }), x, dy)
      expectSameBits(dx, leakyReluBackward(Math.fround(alpha), x, dy), { x, dy })
    }
  })

  // Products around the smallest normal number, where drivers flush.
  test.each([2 ** -16, 0.01, 1.7e-5, 3e-8, 1.0000001])('leakyRelu with subnormal products, alpha %s', async alpha => {
    const x = Float32Array.from({ length: 20_000 }, (_, i) => -(2 ** -110) * 2 ** ((i % 50) - 25) * (1 + i / 20_011))
    const expected = leakyReluForward(Math.fround(alpha), x)
    expectSameBits(await processor.forward(leakyRelu({ alpha }), x), expected, { x })
    expectSameBits(await processor.backward(leakyRelu({ alpha }), x, x), expected, { x })
  })

  test('any values, any length, any alpha', async () => {
    const word = fc.oneof(fc.nat({ max: 0xffffffff }), fc.constantFrom(...boundaries))
    const elements = fc.array(fc.tuple(word, word), { maxLength: 300 })
    const anyAlpha = fc.float({ noNaN: true, noDefaultInfinity: true })
    await fc.assert(
      fc.asyncProperty(elements, anyAlpha, async (words, alpha) => {
        const x = fromBits(words.map(([bits]) => bits))
        const dy = fromBits(words.map(([, bits]) => bits))
        const leaky = leakyRelu({ alpha })
        expectSameBits(await processor.forward(relu(), x), reluForward(x), { x })
        expectSameBits(await processor.backward(relu(), x, dy), reluBackward(x, dy), { x, dy })
        expectSameBits(await processor.forward(leaky, x), leakyReluForward(alpha, x), { x })
        expectSameBits(await processor.backward(leaky, x, dy), leakyReluBackward(alpha, x, dy), { x, dy })
      }),
      { numRuns: 25 },
    )
  })
})
