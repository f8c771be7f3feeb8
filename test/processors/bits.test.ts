import { fc } from '../support/fast-check.ts'
import { describe, test } from 'vitest'
import {
  clamp,
  hardShrink,
  hardTanh,
  leakyRelu,
  relu,
  relu6,
  softShrink,
  squaredRelu,
  step,
  threshold,
} from '../../src/index.ts'
import { bitsOf, expectSameBits, fromBits, scrambledBits } from '../support/float32.ts'
import { casesHere } from '../support/lanes.ts'
import { processors } from '../support/processors.ts'
import {
  anyNaN,
  clampBackward,
  clampForward,
  hardShrinkForward,
  hardTanhBackward,
  hardTanhForward,
  leakyReluBackward,
  leakyReluForward,
  orFlushed,
  reluBackward,
  reluForward,
  shrinkBackward,
  softShrinkForward,
  squaredReluBackward,
  squaredReluForward,
  stepBackward,
  stepForward,
  thresholdBackward,
  thresholdForward,
} from '../support/truth.ts'

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
  { x: scrambledBits(10_001, 1), dy: scrambledBits(10_001, 2) },
]

const smallest = 2 ** -149
const ranges = [
  [-1, 1],
  [0, 6],
  [-0, 0],
  [0, -0],
  [-0, 1],
  [-1, -0],
  [-2.5, 0.75],
  [1, 1],
  [1, 2],
  [-2, -1],
  [-smallest, smallest],
  [smallest, 3 * smallest],
  [-1e-40, 1e-39],
  [-largest, largest],
  [-Infinity, 1],
  [-0.1, Infinity],
  [-Infinity, -Infinity],
  [largest, Infinity],
  [-Infinity, Infinity],
] as const
const thresholds = [
  [0.1, 20],
  [-1, -3.5],
  [0, 0],
  [-0, -0],
  [smallest, -smallest],
  [-1e-40, 1e-40],
  [largest, -largest],
  [-largest, 1],
  [-Infinity, 1],
  [Infinity, -2],
  [0.5, -Infinity],
  [-1, Infinity],
] as const
const lambdas = [0.5, 0, -0, 1.25, smallest, 1e-40, 2 ** -126, 1e-20, 3, largest, Infinity]

// Everything around the bounds in use: each with its neighbours, of either sign.
const around = [0.1, 0.5, 0.75, 1, 1.25, 2, 2.5, 3, 6, 20, 1e-40, 1e-39, 1e-20].flatMap(bound => {
  const bits = bitsOf(bound)
  return [bits - 1, bits, bits + 1].flatMap(word => [word, (word | 0x80000000) >>> 0])
})
const nearBounds = {
  x: fromBits(around.flatMap(() => around)),
  dy: fromBits(around.flatMap(dy => around.map(() => dy))),
}

const withBounds = [pairs[0]!, nearBounds, { x: scrambledBits(5003, 3), dy: scrambledBits(5003, 4) }]

describe.each(processors)('$name', processor => {
  test('relu forward', async () => {
    for (const { x } of pairs) expectSameBits(await processor.forward(relu(), x), reluForward(x), { x })
  })

  test('relu backward', async () => {
    for (const { x, dy } of pairs) {
      expectSameBits(await processor.backward(relu(), x, dy), reluBackward(x, dy), { x, dy })
    }
  })

  test.each(casesHere(alphas))('leakyRelu forward, alpha %s', async alpha => {
    for (const { x } of pairs) {
      const y = await processor.forward(leakyRelu({ alpha }), x)
      expectSameBits(y, leakyReluForward(Math.fround(alpha), x), { x })
    }
  })

  test.each(casesHere(alphas))('leakyRelu backward, alpha %s', async alpha => {
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

  // A product of 2^24 + 1, in float32 a tie between 2^24 and the next number.
  test('leakyRelu, a tie of a subnormal alpha', async () => {
    const activation = leakyRelu({ alpha: 97 * 2 ** -149 })
    const x = Float32Array.of(-257 * 673 * 2 ** 100)
    const expected = Float32Array.of(-(2 ** -25))
    expectSameBits(await processor.forward(activation, x), expected, { x })
    expectSameBits(await processor.backward(activation, x, x), expected, { x })
  })

  test('relu6', async () => {
    for (const { x, dy } of withBounds) {
      expectSameBits(await processor.forward(relu6(), x), hardTanhForward(0, 6, x), { x })
      expectSameBits(await processor.backward(relu6(), x, dy), hardTanhBackward(0, 6, x, dy), { x, dy })
    }
  })

  test('step', async () => {
    for (const { x, dy } of withBounds) {
      expectSameBits(await processor.forward(step(), x), stepForward(x), { x })
      expectSameBits(await processor.backward(step(), x, dy), stepBackward(x), { x, dy })
    }
  })

  test.each(casesHere(ranges))('hardTanh, minValue %s, maxValue %s', async (minValue, maxValue) => {
    const activation = hardTanh({ minValue, maxValue })
    for (const { x, dy } of withBounds) {
      const dx = hardTanhBackward(minValue, maxValue, x, dy)
      expectSameBits(await processor.forward(activation, x), hardTanhForward(minValue, maxValue, x), { x })
      expectSameBits(await processor.backward(activation, x, dy), dx, { x, dy })
    }
  })

  test.each(casesHere(ranges))('clamp, minValue %s, maxValue %s', async (minValue, maxValue) => {
    const activation = clamp({ minValue, maxValue })
    for (const { x, dy } of withBounds) {
      const dx = clampBackward(minValue, maxValue, x, dy)
      expectSameBits(await processor.forward(activation, x), clampForward(minValue, maxValue, x), { x })
      expectSameBits(await processor.backward(activation, x, dy), dx, { x, dy })
    }
  })

  test.each(casesHere(thresholds))('threshold, threshold %s, value %s', async (limit, value) => {
    const activation = threshold({ threshold: limit, value })
    for (const { x, dy } of withBounds) {
      expectSameBits(await processor.forward(activation, x), thresholdForward(limit, value, x), { x })
      expectSameBits(await processor.backward(activation, x, dy), thresholdBackward(limit, x, dy), { x, dy })
    }
  })

  test.each(casesHere(lambdas))('hardShrink, lambda %s', async lambda => {
    const activation = hardShrink({ lambda })
    for (const { x, dy } of withBounds) {
      expectSameBits(await processor.forward(activation, x), hardShrinkForward(lambda, x), { x })
      expectSameBits(await processor.backward(activation, x, dy), shrinkBackward(lambda, x, dy), { x, dy })
    }
  })

  const notSubnormal = lambdas.filter(lambda => lambda === 0 || lambda >= 2 ** -126)
  test.each(casesHere(notSubnormal))('softShrink, lambda %s', async lambda => {
    const activation = softShrink({ lambda })
    for (const { x, dy } of withBounds) {
      const y = await processor.forward(activation, x)
      expectSameBits(y, orFlushed(softShrinkForward(lambda, x), y), { x })
      expectSameBits(await processor.backward(activation, x, dy), shrinkBackward(lambda, x, dy), { x, dy })
    }
  })

  test('squaredRelu', async () => {
    for (const { x, dy } of withBounds) {
      const y = await processor.forward(squaredRelu(), x)
      expectSameBits(y, orFlushed(squaredReluForward(x), y), { x })
      const dx = await processor.backward(squaredRelu(), x, dy)
      expectSameBits(dx, orFlushed(anyNaN(squaredReluBackward(x, dy), dx), dx), { x, dy })
    }
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
