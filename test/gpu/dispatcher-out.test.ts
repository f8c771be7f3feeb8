import { expect, test } from 'vitest'
import { relu, swiglu } from '../../src/index.ts'
import { brokenRelu, dispatcherWith } from '../support/dispatcher.ts'
import { expectSameElements, maskOf } from '../support/elements.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { reluBackward, reluForward } from '../support/truth.ts'

// Results into the caller's arrays, by the GPU. test/dispatcher-out.test.ts has what is refused.

const [x, dy] = [scrambledBits(1003, 1), scrambledBits(1003, 2)]

test('a result in the array that is given, and in place', async () => {
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu', crossCheck: 'full' })
  const out = dispatcher.allocate(1003)
  expect(await dispatcher.forward(relu(), x, { out })).toBe(out)
  expectSameBits(out, reluForward(x))
  const [input, gradient] = [x.slice(), dy.slice()]
  expect(await dispatcher.backward(relu(), x, gradient, { out: gradient })).toBe(gradient)
  expectSameBits(gradient, reluBackward(x, dy))
  const { y, mask } = await dispatcher.forward(relu(), input, { mask: true, out: input })
  expect(y).toBe(input)
  expectSameBits(input, reluForward(x))
  expectSameElements(mask, maskOf('f32', new Int32Array(x.buffer)))
  const halves = Uint16Array.of(0xbc00, 0x3c00, 0xbc00)
  expect(await dispatcher.forward(relu(), halves, { format: 'f16', out: halves })).toBe(halves)
  expect([...halves]).toEqual([0, 0x3c00, 0])
  const pair = { dGate: Float32Array.of(0, 1), dUp: Float32Array.of(2, 3) }
  const { dGate, dUp } = await dispatcher.backward(swiglu(), pair.dUp, pair.dGate, Float32Array.of(1, 1), { out: pair })
  expect([dGate, dUp]).toEqual([pair.dGate, pair.dUp])
  expect(dGate).toBe(pair.dGate)
  expect(dispatcher.report).toMatchObject({ fallbacks: 0, crossChecks: { mismatches: 0 } })
})

test('a wrong result is not written over its input, which the CPU answers from', async () => {
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
  const input = x.slice()
  expect(await dispatcher.forward(brokenRelu('x + 1'), input, { out: input })).toBe(input)
  expectSameBits(input, reluForward(x))
  expect(dispatcher.report.fallbacks).toBe(1)
})

test("with onMismatch: 'throw' the array stays as it is", async () => {
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu', onMismatch: 'throw' })
  const input = x.slice()
  await expect(dispatcher.forward(brokenRelu('x + 1'), input, { out: input })).rejects.toThrow('differ')
  expectSameBits(input, x)
})

test('an array that is detached meanwhile', async () => {
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
  const out = new Float32Array(1003)
  const call = dispatcher.forward(relu(), x, { out })
  structuredClone(out, { transfer: [out.buffer] })
  await expect(call).rejects.toMatchObject({ code: 'invalid-array' })
})
