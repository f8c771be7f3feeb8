import { describe, expect, expectTypeOf, test } from 'vitest'
import { createDispatcherWith } from '../../../src/dispatcher/create.ts'
import { createDispatcher, relu, step, swiglu, tanh } from '../../../src/index.ts'
import { maskOf } from '../../support/elements.ts'
import { expectSameBits, scrambledBits } from '../../support/float32.ts'
import { reluBackward, reluForward, stepForward } from '../../support/truth.ts'

// Results into the caller's arrays, by the CPU. test/gpu/dispatcher-out.test.ts has the GPU's.

const dispatchers = [
  ['WebAssembly', await createDispatcher({ processor: 'cpu' })],
  ['JavaScript', await createDispatcherWith({ processor: 'cpu' }, { missing: 'Not for this test.' })],
] as const
const [[, dispatcher]] = dispatchers

describe.each(dispatchers)('%s', (_, dispatcher) => {
  const [x, dy] = [scrambledBits(1003, 1), scrambledBits(1003, 2)]

  test('the array of a call that was ended is left alone from then on', async () => {
    const controller = new AbortController()
    const out = new Float32Array(1003)
    const call = dispatcher.forward(relu(), x, { out, signal: controller.signal })
    controller.abort(new Error('enough'))
    out.fill(9)
    await expect(call).rejects.toThrow('enough')
    expect(out.every(element => element === 9)).toBe(true)
  })

  test('an array that is detached meanwhile', async () => {
    const out = new Float32Array(1003)
    const call = dispatcher.forward(relu(), x, { out })
    structuredClone(out, { transfer: [out.buffer] })
    await expect(call).rejects.toMatchObject({ name: 'InputError', code: 'invalid-array' })
  })

  test('the array that is given is the result', async () => {
    const out = new Float32Array(1003)
    const y = dispatcher.forward(relu(), x, { out })
    expectTypeOf(y).resolves.toEqualTypeOf<Float32Array<ArrayBuffer>>()
    expect(await y).toBe(out)
    expectSameBits(out, reluForward(x))
    expect(await dispatcher.backward(relu(), x, dy, { out, format: 'f32' })).toBe(out)
    expectSameBits(out, reluBackward(x, dy))
    expect(await dispatcher.backward(relu(), { y: reluForward(x) }, dy, { out })).toBe(out)
    expectSameBits(out, reluBackward(x, dy))
  })

  test('an input, in place', async () => {
    const [first, second, third] = [x.slice(), x.slice(), dy.slice()]
    const { y, mask } = await dispatcher.forward(relu(), first, { mask: true, out: first })
    expect(y).toBe(first)
    expect(mask).toEqual(maskOf('f32', new Int32Array(x.buffer)))
    await dispatcher.backward(relu(), second, dy, { out: second })
    await dispatcher.backward(relu(), x, third, { out: third })
    expectSameBits(first, reluForward(x))
    for (const dx of [second, third]) expectSameBits(dx, reluBackward(x, dy))
    const both = x.slice()
    await dispatcher.backward(relu(), both, both, { out: both })
    expectSameBits(both, reluBackward(x, x))
  })

  test('a view, a subclass, other kinds', async () => {
    class Tensor extends Float32Array<ArrayBuffer> {
      constructor() {
        super(new ArrayBuffer(12))
      }
      override get length(): number {
        return 2
      }
    }
    const larger = new Float32Array(5).fill(7)
    await dispatcher.forward(relu(), Float32Array.of(-1, 2, -3), { out: larger.subarray(1, 4) })
    expect([...larger]).toEqual([7, 0, 2, 0, 7])
    const tensor = new Tensor()
    expect(await dispatcher.forward(relu(), Float32Array.of(-1, 2, -3), { out: tensor })).toBe(tensor)
    expect([...new Float32Array(tensor.buffer)]).toEqual([0, 2, 0])
    const halves = Uint16Array.of(0xbc00, 0x3c00)
    expect(await dispatcher.forward(relu(), halves, { format: 'f16', out: halves })).toBe(halves)
    expect([...halves]).toEqual([0, 0x3c00])
    const integers = new Int32Array(2)
    expect(await dispatcher.forward(relu(), Int32Array.of(-5, 5), { out: integers })).toBe(integers)
    expect([...integers]).toEqual([0, 5])
    const nothing = new Float32Array(0)
    expect(await dispatcher.forward(tanh(), nothing, { out: nothing })).toBe(nothing)
  })

  test('the gradients of a pair, over its inputs crosswise', async () => {
    const inputs = () => [Float32Array.of(-1, 0.5, 2), Float32Array.of(3, -2, 1), Float32Array.of(1, 2, -1)] as const
    const { dGate, dUp } = await dispatcher.backward(swiglu(), ...inputs())
    const [gate, up, upstream] = inputs()
    const out = { dGate: up, dUp: gate }
    const gradients = dispatcher.backward(swiglu(), gate, up, upstream, { out })
    expectTypeOf(gradients).resolves.toEqualTypeOf<{
      readonly dGate: Float32Array<ArrayBuffer>
      readonly dUp: Float32Array<ArrayBuffer>
    }>()
    expect((await gradients).dGate).toBe(up)
    expect((await gradients).dUp).toBe(gate)
    expectSameBits(up, dGate)
    expectSameBits(gate, dUp)
  })

  test('transferring is a permission, not an order', async () => {
    const input = x.slice()
    expectSameBits(await dispatcher.forward(step(), input, { transfer: true }), stepForward(x))
    expect(input).toHaveLength(1003)
  })
})

describe('bad input', () => {
  const loose = dispatcher as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>
  const memory = new Float32Array(12)
  const x = memory.subarray(0, 4)
  const other = memory.subarray(8)
  const detached = Float32Array.of(1, 2, 3, 4)
  structuredClone(detached, { transfer: [detached.buffer] })
  const mask = new Uint32Array(memory.buffer, 0, 1)
  const out = (array: unknown) => ({ out: array })
  const cases: readonly [string, string, readonly unknown[], string, RegExp][] = [
    ['no array', 'forward', [relu(), x, out([1])], 'invalid-array', /out's y is Array\(1\)/],
    ['null', 'forward', [relu(), x, out(null)], 'invalid-array', /out's y is null/],
    [
      'another kind',
      'forward',
      [relu(), x, out(new Int32Array(4))],
      'invalid-array',
      /Int32Array\(4\).* Float32Arrays/,
    ],
    ['another length', 'forward', [relu(), x, out(new Float32Array(3))], 'length-mismatch', /y has 3 .* inputs have 4/],
    ['detached', 'backward', [relu(), x, other, out(detached)], 'invalid-array', /out's dx is detached/],
    ['behind x', 'forward', [relu(), x, out(memory.subarray(1, 5))], 'invalid-array', /part of its memory with x/],
    ['before dy', 'backward', [relu(), x, other, out(memory.subarray(7, 11))], 'invalid-array', /memory with dy/],
    ['over a mask', 'backward', [relu(), { mask }, other, out(x)], 'invalid-array', /memory with mask/],
    [
      'just there',
      'backward',
      [relu(), { mask }, other.subarray(0, 1), out(x.subarray(0, 1))],
      'invalid-array',
      /mask/,
    ],
    ['one array for two', 'backward', [swiglu(), x, x, x, out(other)], 'invalid-argument', /out is Float32Array\(4\)/],
    [
      'keys without end',
      'backward',
      [swiglu(), x, x, x, out({ ...Array.from({ length: 999 }, () => 0) })],
      'invalid-argument',
      /^.{0,200}$/,
    ],
    ['one of two', 'backward', [swiglu(), x, x, x, out({ dGate: other })], 'invalid-argument', /out is { dGate }/],
    ['three', 'backward', [swiglu(), x, x, x, out({ dGate: x, dUp: other, y: x })], 'invalid-argument', /dUp, y }/],
    ['the same twice', 'backward', [swiglu(), x, x, x, out({ dGate: x, dUp: x })], 'invalid-array', /out's dUp shares/],
    ['of alpha', 'backwardAlpha', [relu(), x, x, out(x)], 'invalid-argument', /no alpha/],
    ['no flag', 'forward', [relu(), x, { transfer: 1 }], 'invalid-argument', /transfer is 1/],
  ]
  test.each(cases)('%s: %s', async (_, method, given, code, message) => {
    await expect(loose[method]!.call(dispatcher, ...given)).rejects.toMatchObject({
      name: 'InputError',
      code,
      message: expect.stringMatching(message),
    })
  })

  test('beside each other is fine', async () => {
    const beside = memory.subarray(4, 8)
    expect(await dispatcher.forward(relu(), x, { out: beside })).toBe(beside)
  })

  test('none of the wrong types', () => {
    const calls = [
      // @ts-expect-error Another kind.
      () => dispatcher.forward(relu(), x, { out: new Int32Array(4) }),
      // @ts-expect-error Two results.
      () => dispatcher.backward(swiglu(), x, x, x, { out: x }),
      // @ts-expect-error Of which format?
      () => dispatcher.forward(relu(), new Uint16Array(1), { out: new Uint16Array(1) }),
    ]
    expect(calls).toHaveLength(3)
  })
})
