import { expect, inject, test } from 'vitest'
import { createKernels, prelu, relu } from '../../src/index.ts'
import { dispatcherWith, ownDevice } from '../support/dispatcher.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit } from '../support/gpu.ts'
import { preluForward } from '../support/prelu.ts'

// What the slopes of activations take on the GPU, when they are new in each step of a training.

const KIB = 2 ** 10
const MIB = 2 ** 20

/** Counts the buffers of slopes of a device: how many were made, and how many bytes nobody has destroyed or collected. */
function countSlopes(device: GPUDevice) {
  const count = { made: 0, bytes: 0 }
  const alive = new Map<number, number>()
  const gone = (id: number): void => {
    count.bytes -= alive.get(id) ?? 0
    alive.delete(id)
  }
  const collected = new FinalizationRegistry(gone)
  const create = device.createBuffer.bind(device)
  Object.defineProperty(device, 'createBuffer', {
    value(descriptor: GPUBufferDescriptor) {
      const buffer = create(descriptor)
      if (descriptor.label?.includes('slopes') !== true) return buffer
      const id = ++count.made
      alive.set(id, descriptor.size)
      count.bytes += descriptor.size
      collected.register(buffer, id)
      const destroy = buffer.destroy.bind(buffer)
      Object.defineProperty(buffer, 'destroy', { value: () => (gone(id), destroy()) })
      return buffer
    },
  })
  return count
}

/** Records a pass that is not submitted: slopes are made while it is recorded. */
function record(device: GPUDevice, encode: (pass: GPUComputePassEncoder) => void): void {
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  encode(pass)
  pass.end()
  encoder.finish()
}

/** Collects garbage, where that can be asked for. */
async function collector(): Promise<(() => Promise<void>) | undefined> {
  if (inject('lane') === 'browser') return undefined
  const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([import('node:v8'), import('node:vm')])
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  return async () => {
    for (let i = 0; i < 3; i++) {
      collect()
      await new Promise(resolve => setTimeout(resolve))
    }
  }
}

const tensors = (device: GPUDevice, bytes: number): [GPUBufferBinding, GPUBufferBinding] => {
  const tensor = (): GPUBufferBinding => ({
    buffer: device.createBuffer({ size: bytes, usage: GPUBufferUsage.STORAGE }),
  })
  return [tensor(), tensor()]
}

test('slopes go with their activation, and those of layers that stay are made once', async () => {
  const device = await ownDevice()
  const kernels = createKernels(device)
  const count = countSlopes(device)
  const [x, y] = tensors(device, 16 * KIB)
  const layers = [1, 2, 3].map(slope => prelu({ alpha: new Float32Array(4 * KIB).fill(slope) }))
  const alpha = new Float32Array(4 * KIB)
  for (let step = 0; step < 200; step++) {
    submit(device, pass => {
      for (const layer of layers) kernels.forward(pass, layer, { x, y })
      kernels.forward(pass, prelu({ alpha: alpha.fill(step) }), { x, y })
    })
    await device.queue.onSubmittedWorkDone()
  }
  expect(count.made).toBe(203)
  const collect = await collector()
  if (collect === undefined) return
  await collect()
  expect(count.bytes).toBeGreaterThanOrEqual(3 * 16 * KIB)
  expect(count.bytes).toBeLessThan(8 * 16 * KIB)
})

test('of activations that stay 32 MiB of slopes are kept, and more only until they are collected', async () => {
  const device = await ownDevice()
  const kernels = createKernels(device)
  const count = countSlopes(device)
  const [x, y] = tensors(device, 4 * MIB)
  const layers = Array.from({ length: 9 }, (_, i) => prelu({ alpha: new Float32Array(MIB).fill(i) }))
  const round = (): void =>
    record(device, pass => {
      for (const layer of layers) kernels.forward(pass, layer, { x, y })
    })
  round()
  round()
  expect(count.made).toBe(9)
  await device.queue.onSubmittedWorkDone()
  const collect = await collector()
  if (collect === undefined) return
  await collect()
  expect(count.bytes).toBeLessThanOrEqual(32 * MIB)
  round()
  expect(count.made).toBeGreaterThan(9)
})

test('a pass that waits for its submission finds its slopes, however many came after', async () => {
  const device = await ownDevice()
  const kernels = createKernels(device)
  const slopes = Float32Array.of(0.5, -2, 3)
  const x = scrambledBits(999, 1)
  await inScopes(device, async use => {
    const [input, output] = [x, new Float32Array(999)].map(array => use(new GuardedBuffer(device, array)))
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    kernels.forward(pass, prelu({ alpha: slopes }), { x: input!.binding, y: output!.binding })
    pass.end()
    const commands = encoder.finish()
    const [dy, dx] = tensors(device, 8 * MIB)
    for (let i = 0; i < 5; i++) {
      record(device, other =>
        kernels.forward(other, prelu({ alpha: new Float32Array(2 * MIB).fill(i) }), { x: dy, y: dx }),
      )
      await device.queue.onSubmittedWorkDone()
    }
    await (
      await collector()
    )?.()
    device.queue.submit([commands])
    expectSameBits(await output!.read(), preluForward({ alpha: slopes, inner: 1 }, x), { x })
  })
})

test('a dispatcher, which submits at once, destroys what is beyond 32 MiB', async () => {
  const device = await ownDevice()
  const count = countSlopes(device)
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device, crossCheck: 'off' })
  const x = scrambledBits(MIB, 2)
  for (let i = 0; i < 9; i++) {
    const alpha = new Float32Array(MIB).fill(i)
    const y = await dispatcher.forward(prelu({ alpha }), x)
    if (i === 8) expectSameBits(y, preluForward({ alpha, inner: 1 }, x), { x })
  }
  expect(count.made).toBe(9)
  expect(count.bytes).toBeLessThanOrEqual(32 * MIB)
  dispatcher.destroy()
  expect(count.bytes).toBe(0)
})

test('slopes that the device did not make are told to the caller, and made anew by the next call', async () => {
  const device = await ownDevice()
  const kernels = createKernels(device)
  const activation = prelu({ alpha: Float32Array.of(0.5, -2, 3) })
  const x = scrambledBits(99, 3)
  const create = device.createBuffer.bind(device)
  let fails = true
  Object.defineProperty(device, 'createBuffer', {
    value(descriptor: GPUBufferDescriptor) {
      if (!fails || descriptor.label?.includes('slopes') !== true) return create(descriptor)
      fails = false
      return create({ ...descriptor, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE })
    },
  })
  const [input, output] = [x, new Float32Array(99)].map(array => new GuardedBuffer(device, array))
  const forward = (): void =>
    submit(device, pass => kernels.forward(pass, activation, { x: input!.binding, y: output!.binding }))
  device.pushErrorScope('validation')
  forward()
  expect((await device.popErrorScope())?.message).toMatch(/MapRead|usage/i)
  await new Promise(resolve => setTimeout(resolve))
  await inScopes(device, async () => forward())
  expectSameBits(await output!.read(), preluForward({ alpha: Float32Array.of(0.5, -2, 3), inner: 1 }, x), { x })
})

test('what no memory can be found for is a typed error', async () => {
  const device = await ownDevice()
  const kernels = createKernels(device)
  const [x, y] = tensors(device, 64)
  const cause = new RangeError('Array buffer allocation failed')
  Object.defineProperty(device, 'createBuffer', {
    value() {
      throw cause
    },
  })
  const pass = device.createCommandEncoder().beginComputePass()
  expect(() => kernels.forward(pass, relu(), { x, y })).toThrow(
    expect.objectContaining({ code: 'out-of-memory', cause }),
  )
})

test('activations that differ in slopes alone share what is planned, and each is checked', async () => {
  const device = await ownDevice()
  const kernels = createKernels(device)
  const [y, dx] = tensors(device, 64)
  const backward = (...alpha: number[]) =>
    submit(device, pass => kernels.backward(pass, prelu({ alpha: Float32Array.of(...alpha) }), { y, dy: dx, dx }))
  const created: string[] = []
  const create = device.createBindGroup.bind(device)
  backward(1, 2)
  Object.defineProperty(device, 'createBindGroup', {
    value: (descriptor: GPUBindGroupDescriptor) => (created.push(descriptor.label!), create(descriptor)),
  })
  backward(3, 4)
  expect(new Set(created)).toEqual(new Set(['webgpu-activations slopes']))
  // From its y the gradient cannot be told.
  expect(() => backward(-1, 2)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
})
