import { describe, expect, expectTypeOf, test } from 'vitest'
import { createDispatcher, gelu, type GluGradients, prelu, relu, sigmoid, swiglu } from '../../../src/index.ts'
import { everyWord, expectSameWords, fromHalf, shuffledWords, toHalf } from '../../support/half.ts'
import { reluForward } from '../../support/truth.ts'

// Arrays in other formats than float32: their kinds, and what is refused. What they hold is test/processors/half.test.ts's.

const dispatcher = await createDispatcher({ processor: 'cpu' })
const loose = dispatcher as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>

const halves = Uint16Array.of(0x3c00, 0xbc00, 0x7e01) // 1, -1, NaN
const reluOfHalves = Uint16Array.of(0x3c00, 0, 0x7e01)
const integers = Int32Array.of(5, -5, -(2 ** 31))

describe('arrays in, arrays of their kind out', () => {
  test('Uint16Array', async () => {
    const y = dispatcher.forward(relu(), halves, { format: 'f16' })
    expectTypeOf(y).resolves.toEqualTypeOf<Uint16Array<ArrayBuffer>>()
    expect(await y).toEqual(reluOfHalves)
    expect(await dispatcher.backward(relu(), halves, halves, { format: 'bf16' })).toEqual(reluOfHalves)
    const gradients = dispatcher.backward(swiglu(), halves, halves, halves, { format: 'f16' })
    expectTypeOf(gradients).resolves.toEqualTypeOf<GluGradients<Uint16Array<ArrayBuffer>>>()
    const { dGate, dUp } = await gradients
    expect([dGate, dUp].map(result => [result.constructor, result.length])).toEqual([
      [Uint16Array, 3],
      [Uint16Array, 3],
    ])
  })

  test('Int32Array', async () => {
    const y = dispatcher.forward(relu(), integers)
    expectTypeOf(y).resolves.toEqualTypeOf<Int32Array<ArrayBuffer>>()
    expect(await y).toEqual(Int32Array.of(5, 0, 0))
    const dy = Int32Array.of(-7, 8, 9)
    expect(await dispatcher.backward(relu(), integers, dy, { format: 'i32' })).toEqual(Int32Array.of(-7, 0, 0))
  })

  test('Float32Array, with its format and without', async () => {
    const x = Float32Array.of(-1, 2)
    const y = dispatcher.forward(relu(), x, { format: 'f32' })
    expectTypeOf(y).resolves.toEqualTypeOf<Float32Array<ArrayBuffer>>()
    expect(await y).toEqual(Float32Array.of(0, 2))
    expect(await dispatcher.forward(relu(), x, undefined)).toEqual(Float32Array.of(0, 2))
  })

  test('Float16Array', async () => {
    type Make = new (from: ArrayLike<number> | ArrayBufferLike) => Float32Array
    const { Float16Array } = globalThis as unknown as { Float16Array?: Make }
    // Node has it from 24 on.
    expect(Float16Array !== undefined || Number.parseInt(process.versions.node) < 24).toBe(true)
    if (Float16Array === undefined) return
    const y = (await loose['forward']!(relu(), new Float16Array(everyWord.buffer))) as Float32Array
    expect(y).toBeInstanceOf(Float16Array)
    expectSameWords('f16', new Uint16Array(y.buffer), toHalf('f16', reluForward(fromHalf('f16', everyWord))))
    const one = new Float16Array([1])
    expect(await loose['forward']!(relu(), one, { format: 'f16' })).toEqual(one)
    expect(await loose['backward']!(swiglu(), one, one, one)).toEqual({
      dGate: new Float16Array([0.927734375]),
      dUp: new Float16Array([0.73095703125]),
    })
    const out = new Float16Array([7])
    expect(await loose['forward']!(relu(), one, { out })).toBe(out)
    expect(out).toEqual(one)
    for (const given of [
      [relu(), one, Uint16Array.of(1), { format: 'f16' }],
      [relu(), one, one, { format: 'bf16' }],
    ]) {
      await expect(loose['backward']!(...given)).rejects.toMatchObject({
        name: 'InputError',
        message: expect.stringMatching(/Float16/),
      })
    }
  })

  test('none of them are of the wrong types', () => {
    const floats = Float32Array.of(1)
    const calls = [
      // @ts-expect-error Of which format?
      () => dispatcher.forward(relu(), halves),
      // @ts-expect-error It is another's.
      () => dispatcher.forward(relu(), floats, { format: 'f16' }),
      // @ts-expect-error Two kinds.
      () => dispatcher.backward(relu(), floats, halves),
      // @ts-expect-error No kind of theirs.
      () => dispatcher.forward(relu(), new Float64Array(1)),
    ]
    expect(calls).toHaveLength(4)
  })

  test('no elements', async () => {
    const nothing = new Uint16Array(0)
    expect(await dispatcher.forward(gelu(), nothing, { format: 'bf16' })).toEqual(nothing)
    expect(await dispatcher.backward(relu(), new Int32Array(0), new Int32Array(0))).toEqual(new Int32Array(0))
  })

  test('a view, a subclass, shared memory, an array of another realm', async () => {
    class Halves extends Uint16Array {
      override get length(): number {
        return 1
      }
    }
    const shared = new Uint16Array(new SharedArrayBuffer(8), 2, 3)
    shared.set(halves)
    const { runInNewContext } = await import('node:vm')
    const foreign = runInNewContext('Uint16Array.of(0x3c00, 0xbc00, 0x7e01)') as Uint16Array
    const larger = Uint16Array.of(0, ...halves, 0)
    for (const x of [larger.subarray(1, 4), new Halves(halves), shared, foreign]) {
      const y = await dispatcher.forward(relu(), x, { format: 'f16' })
      expect(y.constructor).toBe(Uint16Array)
      expect([...y]).toEqual([...reluOfHalves])
    }
  })
})

describe('long arrays', () => {
  const x = Uint16Array.from([...everyWord, ...shuffledWords(1), 0x3c00])

  test('rounded as one', async () => {
    const y = await dispatcher.forward(relu(), x, { format: 'bf16' })
    expectSameWords('bf16', y, toHalf('bf16', reluForward(fromHalf('bf16', x))))
    const whole = await dispatcher.forward(sigmoid(), fromHalf('f16', x))
    expectSameWords('f16', await dispatcher.forward(sigmoid(), x, { format: 'f16' }), toHalf('f16', whole))
  })

  test.each([1, 7, 5000])('channels go on from one part to the next, inner %i', async inner => {
    const activation = prelu({ alpha: Float32Array.of(0.5, -1, 3), inner })
    const words = x.subarray(0, x.length - (x.length % (3 * inner)))
    const whole = await dispatcher.forward(activation, fromHalf('f16', words))
    expectSameWords('f16', await dispatcher.forward(activation, words, { format: 'f16' }), toHalf('f16', whole))
  })
})

describe('bad input', () => {
  const floats = Float32Array.of(1, 2, 3)
  const detached = Uint16Array.of(1, 2, 3)
  structuredClone(detached, { transfer: [detached.buffer] })
  const f16 = { format: 'f16' }
  const cases: readonly [string, string, readonly unknown[], string, RegExp, RegExp][] = [
    [
      'no format',
      'forward',
      [relu(), halves],
      'invalid-argument',
      /Uint16Arrays/,
      /{ format: 'f16' } or { format: 'bf16' }/,
    ],
    [
      'a format of a pair',
      'backward',
      [swiglu(), halves, halves, halves],
      'invalid-argument',
      /Uint16Arrays/,
      /last argument/,
    ],
    ['an empty option', 'forward', [relu(), halves, {}], 'invalid-argument', /Uint16Arrays/, /Give/],
    ["another kind's", 'forward', [relu(), floats, f16], 'invalid-argument', /format is "f16".*Float32Arrays/, /'f32'/],
    ["another kind's", 'forward', [relu(), integers, f16], 'invalid-argument', /format is "f16".*Int32Arrays/, /'i32'/],
    ['no format at all', 'forward', [relu(), halves, { format: 'f8' }], 'invalid-argument', /format is "f8"/, /'bf16'/],
    ['a number', 'forward', [relu(), halves, { format: 16 }], 'invalid-argument', /format is 16/, /'bf16'/],
    [
      'an unknown option',
      'forward',
      [relu(), halves, { format: 'f16', colour: 1 }],
      'unknown-option',
      /"colour"/,
      /format/,
    ],
    ['no object', 'forward', [relu(), halves, 'f16'], 'invalid-argument', /also given "f16"/, /Leave out/],
    ['a buffer', 'forward', [relu(), halves, new ArrayBuffer(2)], 'invalid-argument', /also given/, /Leave out/],
    ['too much', 'forward', [relu(), halves, f16, f16], 'invalid-argument', /also given an object/, /Leave out/],
    [
      'options where dy is due',
      'backward',
      [relu(), halves, f16],
      'invalid-array',
      /dy is an object/,
      /Give a Float32Array/,
    ],
    [
      'two kinds',
      'backward',
      [relu(), floats, halves],
      'invalid-array',
      /x is Float32Array\(3\) and dy is Uint16Array\(3\)/,
      /one kind/,
    ],
    [
      'two kinds of a pair',
      'forward',
      [swiglu(), halves, integers, f16],
      'invalid-array',
      /up is Int32Array/,
      /one kind/,
    ],
    [
      'two lengths',
      'backward',
      [relu(), halves, halves.subarray(1), f16],
      'length-mismatch',
      /x has 3 .* dy has 2/,
      /one length/,
    ],
    ['a detached array', 'forward', [relu(), detached, f16], 'invalid-array', /x is detached/, /Give/],
    [
      'other kinds',
      'forward',
      [relu(), new Uint32Array(1)],
      'invalid-array',
      /x is Uint32Array\(1\)/,
      /Give a Float32Array/,
    ],
    [
      'integers',
      'forward',
      [gelu(), integers],
      'invalid-array',
      /gelu.* does not take integers, and x is Int32Array\(3\)/,
      /relu/,
    ],
    ['integers', 'forward', [swiglu(), integers, integers], 'invalid-array', /swiglu.* does not take integers/, /relu/],
    [
      'a gradient of alpha',
      'backwardAlpha',
      [prelu(), halves, halves],
      'invalid-argument',
      /The arrays are Uint16Arrays, which may be in more than one format/,
      /'f16' } or { format: 'bf16' }/,
    ],
    [
      'one of another kind',
      'backwardAlpha',
      [prelu(), floats, floats, f16],
      'invalid-argument',
      /The format is "f16", and the arrays are Float32Arrays/,
      /format: 'f32'/,
    ],
    [
      'one of two kinds',
      'backwardAlpha',
      [prelu(), floats, halves, f16],
      'invalid-array',
      /x is Float32Array.* and dy is Uint16Array/,
      /one kind/,
    ],
    [
      'one of integers',
      'backwardAlpha',
      [prelu(), integers, integers],
      'invalid-array',
      /prelu.* does not take integers, and x is Int32Array\(3\)/,
      /Float32Array/,
    ],
  ]
  test.each(cases)('%s: %s', async (_, method, given, code, message, fix) => {
    await expect(loose[method]!.call(dispatcher, ...given)).rejects.toMatchObject({
      name: 'InputError',
      code,
      message: expect.stringMatching(message),
      fix: expect.stringMatching(fix),
    })
  })
})
