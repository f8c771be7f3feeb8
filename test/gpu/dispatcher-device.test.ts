import { describe, expect, test, vi } from 'vitest'
import { requestDevice } from '../../src/gpu/device/device.ts'
import { createDispatcher, relu } from '../../src/index.ts'
import { dispatcherWith, ownDevice, trackBuffers } from '../support/dispatcher.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { reluBackward, reluForward } from '../support/truth.ts'

describe('a device that fails', () => {
  const x = scrambledBits(5000, 6)

  test('a buffer it refuses', async () => {
    const device = await ownDevice()
    const { dispatcher, fallbacks } = await dispatcherWith({ processor: 'webgpu', device })
    const uncaptured = vi.fn()
    device.addEventListener('uncapturederror', uncaptured)
    const create = device.createBuffer.bind(device)
    Object.defineProperty(device, 'createBuffer', {
      value: (descriptor: GPUBufferDescriptor) => create({ ...descriptor, size: 2 ** 52 }),
    })
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    expect(dispatcher.report.fallbacks).toBe(1)
    expect(fallbacks[0]!.reason.length).toBeGreaterThan(20)
    expect(uncaptured).not.toHaveBeenCalled()
  })

  test('destroyed by its owner between two calls', async () => {
    const device = await ownDevice()
    const { dispatcher, fallbacks } = await dispatcherWith({ processor: 'webgpu', device })
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    device.destroy()
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    await device.lost
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    expect(fallbacks).toHaveLength(2)
    expect(dispatcher.report).toMatchObject({ processor: 'cpu', fallbacks: 2, reason: expect.stringMatching(/lost/) })
  })

  test('destroyed by its owner during a call', async () => {
    const device = await ownDevice()
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device })
    const calls = [dispatcher.forward(relu(), x), dispatcher.forward(relu(), x)]
    device.destroy()
    for (const y of await Promise.all(calls)) expectSameBits(y, reluForward(x), { x })
  })

  test('lost before it is adopted', async () => {
    const device = await requestDevice()
    device.destroy()
    await device.lost
    expect((await createDispatcher({ device })).report).toMatchObject({
      processor: 'cpu',
      reason: expect.stringMatching(/lost/),
    })
    await expect(createDispatcher({ device, processor: 'webgpu' })).rejects.toMatchObject({
      code: 'webgpu-unavailable',
    })
  })
})

describe('nothing is left behind', () => {
  const x = scrambledBits(5000, 11)
  const failures: readonly [string, (device: GPUDevice) => void][] = [
    ['a call that succeeds', () => {}],
    ['an upload that throws', device => fail(device.queue, 'writeBuffer')],
    ['a submission that throws', device => fail(device.queue, 'submit')],
    ['an encoder that throws', device => fail(device, 'createCommandEncoder')],
    ['a staging buffer that throws', device => failStaging(device)],
  ]

  function fail(object: object, method: string): void {
    const value = (): never => {
      throw new TypeError(`${method} failed`)
    }
    Object.defineProperty(object, method, { configurable: true, value })
  }

  function failStaging(device: GPUDevice): void {
    const create = device.createBuffer.bind(device)
    const value = (descriptor: GPUBufferDescriptor) => {
      if (descriptor.label?.includes('staging')) throw new RangeError('staging failed')
      return create(descriptor)
    }
    Object.defineProperty(device, 'createBuffer', { configurable: true, value })
  }

  test.each(failures)('by %s', async (_, arrange) => {
    const device = await ownDevice()
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device })
    const buffers = trackBuffers(device)
    let scopes = 0
    const [push, pop] = [device.pushErrorScope.bind(device), device.popErrorScope.bind(device)]
    Object.defineProperty(device, 'pushErrorScope', { value: (filter: GPUErrorFilter) => (scopes++, push(filter)) })
    Object.defineProperty(device, 'popErrorScope', { value: () => (scopes--, pop()) })
    arrange(device)
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    expectSameBits(await dispatcher.backward(relu(), x, x), reluBackward(x, x), { x })
    dispatcher.destroy()
    expect({ scopes, live: [...buffers.live] }).toEqual({ scopes: 0, live: [] })
  })
})

describe('whose device', () => {
  test('an adopted one is not destroyed', async () => {
    const device = await ownDevice()
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device })
    await dispatcher.forward(relu(), new Float32Array(9))
    dispatcher.destroy()
    await expect(dispatcher.forward(relu(), new Float32Array(9))).rejects.toMatchObject({ code: 'destroyed' })
    device.pushErrorScope('validation')
    device.createBuffer({ size: 16, usage: GPUBufferUsage.STORAGE }).destroy()
    expect(await device.popErrorScope()).toBeNull()
    expect(await Promise.race([device.lost.then(() => 'lost'), Promise.resolve('live')])).toBe('live')
  })

  test('a requested one is destroyed with its dispatcher', async () => {
    const requested: GPUDevice[] = []
    const watch = vi.spyOn(GPUAdapter.prototype, 'requestDevice')
    try {
      const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
      dispatcher.destroy()
      await createDispatcher({ processor: 'auto' })
    } finally {
      requested.push(...(await Promise.all(watch.mock.results.map(result => result.value as Promise<GPUDevice>))))
      watch.mockRestore()
    }
    expect(requested).toHaveLength(2)
    // The second is a software one, which 'auto' does not keep.
    for (const device of requested) expect(await device.lost).toMatchObject({ reason: 'destroyed' })
  })

  test('a destroyed dispatcher rejects the calls that wait', async () => {
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
    const call = dispatcher.forward(relu(), scrambledBits(1_000_000, 7))
    dispatcher.destroy()
    await expect(call).rejects.toMatchObject({ code: 'destroyed' })
  })
})
