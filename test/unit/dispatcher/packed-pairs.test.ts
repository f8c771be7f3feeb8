import { describe, expect, onTestFinished, test } from 'vitest'
import { createDispatcher, type Dispatcher, gelu, glu, swiglu } from '../../../src/index.ts'
import { expectSameBits } from '../../support/float32.ts'
import { ordinary, pack, type Packed } from '../../support/pairs.ts'
import { ThreadWorker } from '../../support/worker.ts'

const dispatcher = await createDispatcher({ processor: 'cpu' })
const columns = 4
const x = ordinary(24, 1)
const dy = ordinary(12, 2)

// torch.nn.functional.glu(torch.tensor([[1., 2, 3, 4], [5, 6, 7, 8]])): the second half is the gate.
test('as PyTorch has glu', async () => {
  const y = await dispatcher.forward(glu(), Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), { columns: 2, order: 'up-gate' })
  const expected = [0.9525741, 1.9640275, 4.9954448, 5.9979878]
  expect([...y].map((value, i) => Math.abs(value - expected[i]!) < 1e-6)).toEqual([true, true, true, true])
})

test('halves with gate first are the default, and no elements are no error', async () => {
  const full = { columns, layout: 'halves', order: 'gate-up' } as const
  expect(await dispatcher.forward(swiglu(), x, { columns })).toEqual(await dispatcher.forward(swiglu(), x, full))
  expect(await dispatcher.forward(swiglu(), new Float32Array(0), { columns })).toEqual(new Float32Array(0))
  expect(await dispatcher.backward(swiglu(), new Float32Array(0), new Float32Array(0), { columns })).toHaveLength(0)
})

test('arrays of the memory of the kernels, and longer than their scratch', async () => {
  for (const packed of [
    { columns: 20_011, layout: 'halves' },
    { columns: 20_011, layout: 'interleaved', order: 'up-gate' },
  ] as const) {
    const [expected, gradients] = await apart(dispatcher, packed, 3)
    const [given, upstream] = [dispatcher.allocate(6 * packed.columns), dispatcher.allocate(3 * packed.columns)]
    const y = dispatcher.allocate(3 * packed.columns)
    given.set(gradients.x)
    upstream.set(gradients.dy)
    expect(await dispatcher.forward(swiglu(), given, { ...packed, out: y })).toBe(y)
    expectSameBits(y, expected)
    expect(await dispatcher.backward(swiglu(), given, upstream, { ...packed, out: given })).toBe(given)
    expectSameBits(given, gradients.dx)
  }
})

test('in a worker, copied and transferred', async () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'Worker')
  onTestFinished(() => {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'Worker')
    else Object.defineProperty(globalThis, 'Worker', before)
  })
  Object.defineProperty(globalThis, 'Worker', { configurable: true, value: ThreadWorker })
  const working = await createDispatcher({ processor: 'cpu', worker: 1 })
  onTestFinished(() => working.destroy())
  const packed = { columns: 257, layout: 'halves', order: 'up-gate' } as const
  const [expected, gradients] = await apart(dispatcher, packed, 511)
  expectSameBits(await working.forward(swiglu(), gradients.x, packed), expected)
  expectSameBits(await working.backward(swiglu(), gradients.x, gradients.dy, packed), gradients.dx)
  const given = gradients.x.slice()
  expectSameBits(await working.backward(swiglu(), given, gradients.dy, { ...packed, transfer: true }), gradients.dx)
  expect(given).toHaveLength(0)
  expect(working.report.cpu.worker).toBe(true)
})

/** Results of two arrays, and the inputs in one. */
async function apart(on: Dispatcher, packed: Packed, rows: number) {
  const [gate, up, gradient] = [1, 2, 3].map(seed => ordinary(rows * packed.columns, seed)) as [
    Float32Array<ArrayBuffer>,
    Float32Array<ArrayBuffer>,
    Float32Array<ArrayBuffer>,
  ]
  const { dGate, dUp } = await on.backward(swiglu(), gate, up, gradient)
  const dx = pack<Float32Array<ArrayBuffer>>(dGate, dUp, packed)
  const tensors = { x: pack(gate, up, packed), dy: gradient, dx }
  return [await on.forward(swiglu(), gate, up), tensors] as const
}

describe('refused', () => {
  const forward: readonly [string, unknown[], string, RegExp][] = [
    ['no columns', [x, {}], 'invalid-argument', /columns is undefined/],
    ['columns 0', [x, { columns: 0 }], 'invalid-argument', /columns is 0/],
    ['columns 1.5', [x, { columns: 1.5 }], 'invalid-argument', /columns is 1.5/],
    ['columns as a string', [x, { columns: '4' }], 'invalid-argument', /columns is "4"/],
    ['columns that do not divide', [x, { columns: 5 }], 'length-mismatch', /24 elements.* 5 columns .* 10/],
    ['columns of x', [x, { columns: 24 }], 'length-mismatch', /24 elements.* 24 columns .* 48/],
    ['another layout', [x, { columns, layout: 'rows' }], 'invalid-argument', /layout is "rows".*"interleaved"/],
    ['another order', [x, { columns, order: 'gate' }], 'invalid-argument', /order is "gate".*"up-gate"/],
    ['both forms', [x, x, { columns }], 'unknown-option', /no option "columns"/],
    ['a mask', [x, { columns, mask: true }], 'invalid-argument', /no mask/],
    ['a y of the length of x', [x, { columns, out: x.slice() }], 'length-mismatch', /y has 24 elements and .* 12/],
    ['y over a half of x', [x, { columns, out: x.subarray(0, 12) }], 'invalid-array', /shares a part of its memory/],
    ['integers', [new Int32Array(24), { columns }], 'invalid-array', /no.* integers/],
    ['words without a format', [new Uint16Array(24), { columns }], 'invalid-argument', /more than one format/],
  ]
  test.each(forward)('forward: %s', async (_, given, code, message) => {
    const call = (dispatcher.forward as (...all: unknown[]) => Promise<unknown>)(swiglu(), ...given)
    await expect(call).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string })
  })

  const backward: readonly [string, unknown[], string, RegExp][] = [
    ['dy of the length of x', [x, x, { columns }], 'length-mismatch', /x has 24 elements and dy has 24/],
    ['no dy', [x, { columns }], 'invalid-array', /up is an object/],
    ['two results', [x, dy, { columns, out: { dGate: dy, dUp: dy } }], 'invalid-array', /dx is an object/],
    ['dx of the length of dy', [x, dy, { columns, out: dy.slice() }], 'length-mismatch', /dx has 12 elements .* 24/],
  ]
  test.each(backward)('backward: %s', async (_, given, code, message) => {
    const call = (dispatcher.backward as (...all: unknown[]) => Promise<unknown>)(swiglu(), ...given)
    await expect(call).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string })
  })

  test('an activation', async () => {
    const call = (dispatcher.forward as (...all: unknown[]) => Promise<unknown>)(gelu(), x, { columns })
    await expect(call).rejects.toMatchObject({ code: 'unknown-option' })
  })
})
