import { describe, expect, test } from 'vitest'
import { createKernels, prelu } from '../../src/index.ts'
import { dispatcherWith, ownDevice, trackBuffers } from '../support/dispatcher.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from '../support/gpu.ts'
import { preluBackward, preluForward, slopesFor } from '../support/prelu.ts'
import { leakyReluForward } from '../support/truth.ts'

const device = await testDevice()
const kernels = createKernels(device)

describe('in place, and in parts', () => {
  const slopes = { alpha: slopesFor(11), inner: 3 }
  // Whole periods of 33 slopes.
  const x = scrambledBits(9009, 1)
  const dy = scrambledBits(9009, 2)

  test.each([undefined, 4096 + 4])('over x, over dy; a binding holds %s bytes', async limit => {
    const own = await ownDevice(limit === undefined ? {} : { maxStorageBufferBindingSize: limit })
    const recorder = createKernels(own)
    await inScopes(own, async use => {
      const buffer = (array: Float32Array): GuardedBuffer => use(new GuardedBuffer(own, array))
      const [y, overX, gradient, input, overDy] = [x, x, dy, x, dy].map(buffer)
      submit(own, pass => {
        const activation = prelu(slopes)
        recorder.forward(pass, activation, { x: y!.binding, y: y!.binding })
        recorder.backward(pass, activation, { x: overX!.binding, dy: gradient!.binding, dx: overX!.binding })
        recorder.backward(pass, activation, { x: input!.binding, dy: overDy!.binding, dx: overDy!.binding })
      })
      expectSameBits(await y!.read(), preluForward(slopes, x), { x })
      for (const dx of [overX, overDy]) expectSameBits(await dx!.read(), preluBackward(slopes, x, dy), { x, dy })
      expectSameBits(await gradient!.read(), dy)
      expectSameBits(await input!.read(), x)
    })
  })

  test('an array of several chunks', async () => {
    const own = await ownDevice({ maxStorageBufferBindingSize: 4096 + 4, maxBufferSize: 5000 })
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device: own, crossCheck: 'full' })
    expectSameBits(await dispatcher.forward(prelu(slopes), x), preluForward(slopes, x), { x })
    expectSameBits(await dispatcher.backward(prelu(slopes), x, dy), preluBackward(slopes, x, dy), { x, dy })
    expect(dispatcher.report).toMatchObject({ fallbacks: 0, crossChecks: { mismatches: 0, elements: 18_018 } })
  })
})

test('several in one pass, each with its own slopes', async () => {
  const x = scrambledBits(1080, 3)
  const alphas = [slopesFor(5), Float32Array.of(1, 2), Float32Array.of(-1, 0.5, 3)]
  await inScopes(device, async use => {
    const input = use(new GuardedBuffer(device, x))
    const outputs = alphas.map(() => use(new GuardedBuffer(device, new Float32Array(x.length))))
    submit(device, pass => {
      for (const [i, alpha] of alphas.entries()) {
        kernels.forward(pass, prelu({ alpha, inner: i + 1 }), { x: input.binding, y: outputs[i]!.binding })
      }
    })
    for (const [i, alpha] of alphas.entries()) {
      expectSameBits(await outputs[i]!.read(), preluForward({ alpha, inner: i + 1 }, x), { x })
    }
  })
})

test('the slopes are those of the call that made it', async () => {
  const alpha = Float32Array.of(0.5, -2, 3)
  const before = alpha.slice()
  const x = scrambledBits(102, 4)
  const activation = prelu({ alpha })
  alpha.fill(7)
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu', crossCheck: 'off' })
  expectSameBits(await dispatcher.forward(activation, x), preluForward({ alpha: before, inner: 1 }, x), { x })
  alpha.fill(8)
  expectSameBits(await dispatcher.forward(activation, x), preluForward({ alpha: before, inner: 1 }, x), { x })
})

test('slopes are uploaded once, and one slope is a parameter', async () => {
  const own = await ownDevice()
  const buffers = trackBuffers(own)
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device: own })
  const activation = prelu({ alpha: slopesFor(10) })
  const x = scrambledBits(5000, 5)
  const made = async (call: () => Promise<unknown>): Promise<readonly string[]> => {
    const before = buffers.labels.length
    await call()
    return buffers.labels.slice(before).map(label => label.replace(/^webgpu-activations (\w+).*/, '$1'))
  }
  expect(await made(() => dispatcher.forward(activation, x))).toEqual(expect.arrayContaining(['slopes', 'parameters']))
  expect(await made(() => dispatcher.forward(activation, x))).toEqual([])
  // dy has a buffer of its own, and a place in the geometry.
  expect(await made(() => dispatcher.backward(activation, x, x))).not.toContain('slopes')
  expect(await made(() => dispatcher.backward(activation, x, x))).toEqual([])
  expect(await made(() => dispatcher.forward(prelu({ alpha: Float32Array.of(0.1) }), x))).not.toContain('slopes')
})

test('one program for every number of channels, and leakyRelu for one', async () => {
  const own = await ownDevice()
  const recorder = createKernels(own)
  await recorder.prepare([prelu({ alpha: slopesFor(2) }), prelu()])
  const compiled: unknown[] = []
  Object.defineProperty(own, 'createComputePipeline', { value: (descriptor: unknown) => compiled.push(descriptor) })
  const x = scrambledBits(80, 6)
  await inScopes(own, async use => {
    const many = use(new GuardedBuffer(own, x))
    const one = use(new GuardedBuffer(own, x))
    submit(own, pass => {
      recorder.forward(pass, prelu({ alpha: slopesFor(20), inner: 2 }), { x: many.binding, y: many.binding })
      recorder.forward(pass, prelu({ alpha: 0.3 }), { x: one.binding, y: one.binding })
    })
    expectSameBits(await many.read(), preluForward({ alpha: slopesFor(20), inner: 2 }, x), { x })
    expectSameBits(await one.read(), leakyReluForward(Math.fround(0.3), x), { x })
  })
  expect(compiled).toEqual([])
})
