import { describe, expect, inject, test } from 'vitest'
import { hardTanh, leakyRelu, prelu, reglu, relu, tanh } from '../../src/index.ts'
import { dispatcherWith, ownDevice, trackBuffers } from '../support/dispatcher.ts'
import { maskOf } from '../support/elements.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { leakyReluForward, reluBackward, reluForward } from '../support/truth.ts'

// What a dispatcher keeps on a device from one call to the next, and what may come of that.

const CREATORS = ['createBuffer', 'createBindGroup', 'createShaderModule', 'createComputePipelineAsync'] as const
const COUNTED = [...CREATORS, 'pushErrorScope', 'popErrorScope'] as const

/** Counts what is asked of a device. */
function countCalls(device: GPUDevice): Record<string, number> {
  const counts: Record<string, number> = {}
  const count = (object: object, name: string): void => {
    const method = (object as Record<string, (...given: unknown[]) => unknown>)[name]!.bind(object)
    Object.defineProperty(object, name, {
      configurable: true,
      value: (...given: unknown[]) => {
        counts[name] = (counts[name] ?? 0) + 1
        const result = method(...given)
        if (name === 'createBuffer') count(result as object, 'mapAsync')
        return result
      },
    })
  }
  for (const name of COUNTED) count(device, name)
  for (const name of ['submit', 'writeBuffer']) count(device.queue, name)
  return counts
}

describe('from the second call on nothing is created', () => {
  test('for a few elements: one submission, one mapping', async () => {
    const device = await ownDevice()
    const counts = countCalls(device)
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device })
    const [x, dy] = [scrambledBits(1001, 1), scrambledBits(1001, 2)]
    for (let round = 0; round < 3; round++) {
      for (const name of Object.keys(counts)) delete counts[name]
      await dispatcher.forward(relu(), x)
      const scopes = { pushErrorScope: 3, popErrorScope: 3 }
      if (round > 0) expect(counts).toEqual({ writeBuffer: 1, submit: 1, mapAsync: 1, ...scopes })
      for (const name of Object.keys(counts)) delete counts[name]
      await dispatcher.backward(relu(), x, dy)
      if (round > 0) expect(counts).toEqual({ writeBuffer: 2, submit: 1, mapAsync: 1, ...scopes })
    }
  })

  test('for many, in chunks, wherever they begin', async () => {
    const device = await ownDevice({ maxStorageBufferBindingSize: 16_384, maxBufferSize: 16_384 })
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device })
    const counts = countCalls(device)
    const [x, dy] = [scrambledBits(40_001, 3), scrambledBits(40_001, 4)]
    const slopes = prelu({ alpha: Float32Array.of(0.5, 2), inner: 8 })
    for (let round = 0; round < 2; round++) {
      for (const name of Object.keys(counts)) delete counts[name]
      expectSameBits(await dispatcher.forward(leakyRelu({ alpha: 0.5 }), x), leakyReluForward(0.5, x), { x })
      expectSameBits(await dispatcher.backward(relu(), x, dy), reluBackward(x, dy), { x, dy })
      await dispatcher.forward(slopes, x.subarray(1))
      if (round > 0) expect(CREATORS.map(name => counts[name])).toEqual(CREATORS.map(() => undefined))
    }
    expect(dispatcher.report.fallbacks).toBe(0)
  })
})

describe('what a call before left in a buffer is in no result', () => {
  // All in buffers of 4 KiB, full of what opens the gate and what adds to the sum.
  const lengths = [1, 3, 31, 33, 127, 1023]

  test('in float32, with masks, pairs and sums', async () => {
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', crossCheck: 'full' })
    const [open, shut] = [1, -1].map(value => new Float32Array(1024).fill(value)) as [Float32Array, Float32Array]
    const slopes = prelu({ alpha: Float32Array.of(1, 1) })
    for (const length of lengths) {
      const [x, dy] = [scrambledBits(length, 5), scrambledBits(length, 6)]
      await dispatcher.backward(reglu(), open, open, open)
      const { y, mask } = await dispatcher.forward(relu(), x, { mask: true })
      expect(mask).toEqual(maskOf('f32', new Int32Array(x.buffer)))
      expectSameBits(y, reluForward(x), { x })
      expectSameBits(await dispatcher.backward(relu(), { mask }, dy), reluBackward(x, dy), { x, dy })
      await dispatcher.backward(reglu(), open, shut, shut)
      const [part, pairs] = [length, length + 1].map(end => shut.subarray(0, end))
      await dispatcher.backwardAlpha(slopes, shut, shut)
      expect([...(await dispatcher.backwardAlpha(prelu(), part!, part!))]).toEqual([length])
      const half = (length + 1) / 2
      expect([...(await dispatcher.backwardAlpha(slopes, pairs!, pairs!))]).toEqual([half, half])
    }
    expect(dispatcher.report).toMatchObject({ fallbacks: 0, crossChecks: { mismatches: 0 } })
  })

  test('in 16 bits, of odd lengths', async () => {
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', crossCheck: 'full' })
    const open = new Uint16Array(2048).fill(0x3800)
    for (const length of lengths) {
      await dispatcher.backward(hardTanh(), open, open, { format: 'f16' })
      // Infinities, which hardTanh makes 1, through a gate that is shut.
      const x = new Uint16Array(length).fill(0x7c00)
      const { y, mask } = await dispatcher.forward(hardTanh(), x, { format: 'f16', mask: true })
      expect([...y]).toEqual(Array.from(x, () => 0x3c00))
      expect([...mask]).toEqual(Array.from(mask, () => 0))
    }
    expect(dispatcher.report).toMatchObject({ fallbacks: 0, crossChecks: { mismatches: 0 } })
  })
})

test('calls at a time, of several chunks each, do not meet in a buffer', async () => {
  const device = await ownDevice({ maxStorageBufferBindingSize: 16_384, maxBufferSize: 16_384 })
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device, crossCheck: 'off' })
  const calls = Array.from({ length: 12 }, async (_, i) => {
    const [x, dy] = [scrambledBits(9000 + 777 * i, i), scrambledBits(9000 + 777 * i, i + 1)]
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    expectSameBits(await dispatcher.backward(relu(), x, dy), reluBackward(x, dy), { x, dy })
  })
  await Promise.all(calls)
  expect(dispatcher.report.fallbacks).toBe(0)
})

describe('the buffers of a call that fails are destroyed, and not used again', () => {
  const x = scrambledBits(1000, 7)

  test('by a submission that throws', async () => {
    const device = await ownDevice()
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device })
    const buffers = trackBuffers(device)
    await dispatcher.forward(relu(), x)
    // Those that the array is in, and two that say how it is computed.
    expect(buffers.live.size).toBe(4)
    const submit = device.queue.submit.bind(device.queue)
    const failing = (): never => {
      throw new TypeError('submit failed')
    }
    Object.defineProperty(device.queue, 'submit', { configurable: true, value: failing })
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    expect(buffers.live.size).toBe(0)
    Object.defineProperty(device.queue, 'submit', { configurable: true, value: submit })
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    expect(dispatcher.report.fallbacks).toBe(1)
    expect(buffers.live.size).toBe(4)
  })

  test('by an upload that the device refuses, with what was there before in its place', async () => {
    const device = await ownDevice()
    const { dispatcher, fallbacks } = await dispatcherWith({ processor: 'webgpu', device, crossCheck: 'off' })
    const buffers = trackBuffers(device)
    await dispatcher.forward(relu(), x)
    const write = device.queue.writeBuffer.bind(device.queue)
    Object.defineProperty(device.queue, 'writeBuffer', {
      value: (buffer: GPUBuffer, _: number, array: Float32Array<ArrayBuffer>) => write(buffer, buffer.size, array),
    })
    const other = scrambledBits(1000, 8)
    expectSameBits(await dispatcher.forward(relu(), other), reluForward(other), { x: other })
    expect(fallbacks).toHaveLength(1)
    expect(buffers.live.size).toBe(0)
  })

  test('by one chunk of several that cannot be mapped', async () => {
    const device = await ownDevice({ maxStorageBufferBindingSize: 4096, maxBufferSize: 4096 })
    const { dispatcher, fallbacks } = await dispatcherWith({ processor: 'webgpu', device })
    const buffers = trackBuffers(device)
    const create = device.createBuffer.bind(device)
    let staged = 0
    Object.defineProperty(device, 'createBuffer', {
      value: (descriptor: GPUBufferDescriptor) => {
        const buffer = create(descriptor)
        const isThird = descriptor.label!.includes('staging') && ++staged === 3
        if (isThird) Object.defineProperty(buffer, 'mapAsync', { value: () => Promise.reject(new Error('no mapping')) })
        return buffer
      },
    })
    const long = scrambledBits(5000, 8)
    expectSameBits(await dispatcher.forward(relu(), long), reluForward(long), { x: long })
    expect(fallbacks[0]!.reason).toMatch(/could not be read back: Error: no mapping/)
    // The others landed, and were freed with it.
    expect(buffers.live.size).toBe(0)
    expectSameBits(await dispatcher.forward(relu(), long), reluForward(long), { x: long })
    expect(fallbacks).toHaveLength(1)
  })
})

test("a result goes into the caller's own array, but for one that is an input", async () => {
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
  const memory = new Float32Array(5000)
  const x = memory.subarray(0, 2001)
  const out = memory.subarray(2001, 4002)
  x.set(scrambledBits(2001, 9))
  const given = x.slice()
  const y = reluForward(given)
  expect(await dispatcher.forward(relu(), x, { out })).toBe(out)
  expectSameBits(out, y, { x: given })
  expectSameBits(x, given)
  expect(await dispatcher.forward(relu(), x, { out: x })).toBe(x)
  expectSameBits(x, y, { x: given })
  expect([...memory.subarray(4002)]).toEqual(Array.from({ length: 998 }, () => 0))
})

test('nothing is kept on an adopted device for a dispatcher that is destroyed, be a call under way or not', async () => {
  const device = await ownDevice()
  const buffers = trackBuffers(device)
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device })
  const x = scrambledBits(100_000, 9)
  const call = dispatcher.forward(relu(), x)
  dispatcher.destroy()
  await Promise.allSettled([call])
  expect([...buffers.live]).toEqual([])
})

// In a browser it takes a page that is isolated: test/page/environments.test.ts has one.
const sharing = inject('lane') === 'browser' ? [] : ['x and out']

test.each(sharing)('memory that two objects share is an input all the same: %s', async () => {
  const { dispatcher, mismatches } = await dispatcherWith({ processor: 'webgpu' })
  const memory = new SharedArrayBuffer(40_000)
  const x: Float32Array = new Float32Array(memory)
  const out = new Float32Array(structuredClone(memory)) as unknown as Float32Array<ArrayBuffer>
  x.fill(0.5)
  expect(await dispatcher.forward(tanh(), x, { out })).toBe(out)
  expect(mismatches).toEqual([])
  for (const y of x) expect(Math.abs(y - Math.tanh(0.5))).toBeLessThan(2e-7)
})
