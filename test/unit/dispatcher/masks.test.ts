import { describe, expect, expectTypeOf, test } from 'vitest'
import type { Activation } from '../../../src/activations/support/activation.ts'
import {
  createDispatcher,
  elu,
  type Format,
  gelu,
  hardShrink,
  hardTanh,
  leakyRelu,
  type MaskedOutput,
  prelu,
  relu,
  softShrink,
  swiglu,
  tanh,
  threshold,
} from '../../../src/index.ts'
import { maskOf, reluGradientOf, reluOf, scrambled } from '../../support/elements.ts'
import { boundedSamples } from '../../activations/samples.ts'
import { bitsOf, expectSameBits, fromBits, scrambledBits } from '../../support/float32.ts'
import { everyWord, expectSameWords, fromHalf, shuffledWords, toHalf } from '../../support/half.ts'
import { preluBackward, preluForward } from '../../support/prelu.ts'
import {
  hardShrinkForward,
  hardTanhBackward,
  hardTanhForward,
  leakyReluBackward,
  leakyReluForward,
  shrinkBackward,
  softShrinkForward,
  thresholdBackward,
  thresholdForward,
} from '../../support/truth.ts'

// Masks, and gradients from a mask or from y, by the CPU. test/gpu/dispatcher-masks.test.ts has the GPU's.

const dispatcher = await createDispatcher({ processor: 'cpu' })
const loose = dispatcher as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>

describe('relu in every format', () => {
  const lengths = [0, 1, 31, 32, 33, 64, 65, 1000]
  test.each(['f32', 'f16', 'bf16', 'i32'] as const satisfies Format[])('%s', async format => {
    const asGiven = (words: Int32Array | Uint16Array): unknown =>
      format === 'f32' ? new Float32Array(words.buffer as ArrayBuffer) : words
    for (const length of lengths) {
      const [x, dy] = [scrambled(format, length, 1), scrambled(format, length, 2)]
      const options = { format, mask: true }
      const { y, mask } = (await loose['forward']!.call(dispatcher, relu(), asGiven(x), options)) as {
        y: unknown
        mask: unknown
      }
      expect(mask).toEqual(maskOf(format, x))
      expect(y).toEqual(asGiven(reluOf(format, x)))
      const expected = asGiven(reluGradientOf(format, x, dy))
      for (const source of [{ mask }, { y }]) {
        expect(await loose['backward']!.call(dispatcher, relu(), source, asGiven(dy), { format })).toEqual(expected)
      }
    }
  })
})

const channels = { alpha: Float32Array.of(0.25, 0, 3), inner: 5 }

/** An activation, its true y and dx, and which gates are open. */
type Gated = readonly [
  Activation,
  (x: Float32Array) => Float32Array,
  (x: Float32Array, dy: Float32Array) => Float32Array,
  (x: number) => boolean,
]
const gated: readonly Gated[] = [
  [leakyRelu(), x => leakyReluForward(0.01, x), (x, dy) => leakyReluBackward(0.01, x, dy), at => at > 0],
  [prelu(channels), x => preluForward(channels, x), (x, dy) => preluBackward(channels, x, dy), at => at > 0],
  [
    threshold({ threshold: 0.5, value: -3 }),
    x => thresholdForward(0.5, -3, x),
    (x, dy) => thresholdBackward(0.5, x, dy),
    at => !(at <= 0.5),
  ],
  [hardTanh(), x => hardTanhForward(-1, 1, x), (x, dy) => hardTanhBackward(-1, 1, x, dy), at => at > -1 && at < 1],
  [hardShrink(), x => hardShrinkForward(0.5, x), (x, dy) => shrinkBackward(0.5, x, dy), at => Math.abs(at) > 0.5],
  [softShrink(), x => softShrinkForward(0.5, x), (x, dy) => shrinkBackward(0.5, x, dy), at => Math.abs(at) > 0.5],
]

function bitsWhere(x: Float32Array, isOpen: (x: number) => boolean): Uint32Array {
  const mask = new Uint32Array(Math.ceil(x.length / 32))
  for (const [i, at] of x.entries()) if (isOpen(at)) mask[i >>> 5]! |= 1 << (i & 31)
  return mask
}

describe('the others', () => {
  test.each(gated)('%s', async (activation, forward, backward, isOpen) => {
    // Whole periods of 15 slopes.
    const [x, dy] = [scrambledBits(2010, 1), scrambledBits(2010, 2)]
    const { y, mask } = await dispatcher.forward(activation, x, { mask: true })
    expectSameBits(y, forward(x), { x })
    expect(mask).toEqual(bitsWhere(x, isOpen))
    expectSameBits(await dispatcher.backward(activation, { mask }, dy), backward(x, dy), { x, dy })
  })

  test.each(['f16', 'bf16'] as const)('%s', async format => {
    // All words, and some of them twice.
    const whole = (words: Uint16Array): Uint16Array => Uint16Array.of(...words, ...words.subarray(0, 14))
    const [words, upstream] = [whole(everyWord), whole(shuffledWords(1))]
    const [x, dy] = [fromHalf(format, words), fromHalf(format, upstream)]
    for (const [activation, , backward, isOpen] of gated) {
      const { mask } = await dispatcher.forward(activation, words, { format, mask: true })
      expect(mask).toEqual(bitsWhere(x, isOpen))
      const dx = await dispatcher.backward(activation, { mask }, upstream, { format })
      expectSameWords(format, dx, toHalf(format, backward(x, dy)))
    }
  })
})

describe('from y', () => {
  const x = Float32Array.from({ length: 1001 }, (_, i) => (i - 500) / 128)
  const dy = x.map(at => 3 - at)
  const functions = boundedSamples.filter(({ formula }) => formula.fromY !== undefined)

  // As much as y tells: half a unit in its last place is 2^-24 or less of what the derivatives are made of.
  test.each(functions)('$call', async ({ activation, formula: { derivative } }) => {
    const y = await dispatcher.forward(activation, x)
    const dx = await dispatcher.backward(activation, { y }, dy)
    const wrong = dx.filter((gradient, i) => !(Math.abs(gradient - dy[i]! * derivative(x[i]!, i)) <= 9 * 2 ** -22))
    expect(wrong).toEqual(new Float32Array(0))
  })

  test.each(['f16', 'bf16'] as const)('tanh in %s, rounded once', async format => {
    const y = toHalf(format, x.map(Math.tanh))
    const gradients = toHalf(format, dy)
    const [values, upstream] = [fromHalf(format, y), fromHalf(format, gradients)]
    const expected = toHalf(
      format,
      upstream.map((gradient, i) => gradient * (1 - values[i]! ** 2)),
    )
    expectSameWords(format, await dispatcher.backward(tanh(), { y }, gradients, { format }), expected)
  })
})

describe('arrays as they come', () => {
  const dy = Float32Array.of(1, -2, NaN)
  const dx = fromBits([bitsOf(1), 0, bitsOf(NaN)])

  test('a mask that is longer, and one that is a part of another', async () => {
    expectSameBits(await dispatcher.backward(relu(), { mask: Uint32Array.of(0b101, 7) }, dy), dx)
    expectSameBits(await dispatcher.backward(relu(), { mask: Uint32Array.of(7, 0xfffffffd).subarray(1) }, dy), dx)
  })

  test('shared memory, another realm', async () => {
    const shared = new Uint32Array(new SharedArrayBuffer(4))
    shared[0] = 0b101
    const { runInNewContext } = await import('node:vm')
    const foreign = runInNewContext('Uint32Array.of(0b101)') as Uint32Array
    for (const mask of [shared, foreign]) expectSameBits(await dispatcher.backward(relu(), { mask }, dy), dx)
  })

  test('their types', async () => {
    const half = Uint16Array.of(0x3c00)
    const masked = dispatcher.forward(relu(), half, { mask: true, format: 'f16' })
    expectTypeOf(masked).resolves.toEqualTypeOf<MaskedOutput<Uint16Array<ArrayBuffer>>>()
    const { mask } = await masked
    const gradient = dispatcher.backward(relu(), { mask }, Int32Array.of(5))
    expectTypeOf(gradient).resolves.toEqualTypeOf<Int32Array<ArrayBuffer>>()
    expect(await gradient).toEqual(Int32Array.of(5))
    expect(await loose['forward']!.call(dispatcher, relu(), dy, { mask: false })).toEqual(Float32Array.of(1, 0, NaN))
    const calls = [
      // @ts-expect-error Of which format?
      () => dispatcher.forward(relu(), half, { mask: true }),
      // @ts-expect-error A pair has none.
      () => dispatcher.forward(swiglu(), dy, dy, { mask: true }),
      // @ts-expect-error One of them.
      () => dispatcher.backward(relu(), { mask, y: dy }, dy),
      // @ts-expect-error Two kinds.
      () => dispatcher.backward(relu(), { y: half }, dy),
    ]
    expect(calls).toHaveLength(4)
  })
})

describe('bad input', () => {
  const x = new Float32Array(33)
  const mask = new Uint32Array(2)
  const detached = new Uint32Array(2)
  structuredClone(detached, { transfer: [detached.buffer] })
  const masked = { mask: true }
  const cases: readonly [string, string, readonly unknown[], string, RegExp][] = [
    ['no mask', 'forward', [gelu(), x, masked], 'invalid-argument', /gelu\(.*\) has no mask/],
    ['no mask', 'backward', [elu(), { mask }, x], 'invalid-argument', /elu\(.*\) has no mask/],
    ['no mask of a pair', 'forward', [swiglu(), x, x, masked], 'invalid-argument', /swiglu\(\) has no mask/],
    ['no flag', 'forward', [relu(), x, { mask: 1 }], 'invalid-argument', /mask is 1/],
    ['an option of forward', 'backward', [relu(), x, x, masked], 'unknown-option', /"mask"/],
    ['of a pair', 'backward', [swiglu(), x, x, x, masked], 'unknown-option', /"mask"/],
    ['of alpha', 'backwardAlpha', [prelu(), x, x, masked], 'unknown-option', /"mask"/],
    ['y does not tell', 'backward', [gelu(), { y: x }, x], 'invalid-argument', /gelu.* cannot be told from y/],
    ['a slope below 0', 'backward', [leakyRelu({ alpha: -1 }), { y: x }, x], 'invalid-argument', /told from y/],
    ['both', 'backward', [relu(), { mask, y: x }, x], 'invalid-argument', /given { mask, y }/],
    ['and x', 'backward', [relu(), { mask, x }, x], 'invalid-argument', /given { mask, x }/],
    ['neither', 'backward', [relu(), { mask: undefined }, x], 'invalid-argument', /given {\s+}/],
    ['nothing', 'backward', [relu(), {}, x], 'invalid-array', /x is an object/],
    ['another name', 'backward', [relu(), { z: x }, x], 'invalid-array', /x is an object/],
    ['a pair', 'backward', [swiglu(), { y: x }, x, x], 'invalid-array', /gate is an object/],
    ['no words', 'backward', [relu(), { mask: x }, x], 'invalid-array', /mask is Float32Array\(33\)/],
    ['a plain array', 'backward', [relu(), { mask: [0, 0] }, x], 'invalid-array', /mask is Array\(2\)/],
    ['too short', 'backward', [relu(), { mask: mask.subarray(1) }, x], 'length-mismatch', /1 words, and 33 .* need 2/],
    ['detached', 'backward', [relu(), { mask: detached }, x], 'invalid-array', /mask is detached/],
    ['y too short', 'backward', [relu(), { y: x.subarray(1) }, x], 'length-mismatch', /y has 32 .* dy has 33/],
    ['two kinds', 'backward', [relu(), { y: new Int32Array(33) }, x], 'invalid-array', /y is Int32Array\(33\) and dy/],
    ['no dy', 'backward', [relu(), { mask }], 'invalid-array', /dy is undefined/],
    ['integers', 'forward', [leakyRelu(), new Int32Array(1), masked], 'invalid-array', /does not take integers/],
  ]
  test.each(cases)('%s: %s', async (_, method, given, code, message) => {
    await expect(loose[method]!.call(dispatcher, ...given)).rejects.toMatchObject({
      name: 'InputError',
      code,
      message: expect.stringMatching(message),
    })
  })
})
