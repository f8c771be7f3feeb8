import { describe, expect, test, vi } from 'vitest'
import { createDispatcher, createKernels, prelu, relu, swiglu } from '../../src/index.ts'
import { dispatcherWith, ownDevice, trackBuffers } from '../support/dispatcher.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { reluForward } from '../support/truth.ts'

// Several chunks.
const long = scrambledBits(3_000_000, 5)
const short = scrambledBits(1000, 6)

describe('a signal', () => {
  const reason = new RangeError('enough')
  const aborted = AbortSignal.abort(reason)

  test('that is aborted already: nothing is submitted', async () => {
    const device = await ownDevice()
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device })
    const submit = vi.spyOn(device.queue, 'submit')
    const options = { signal: aborted }
    const calls = [
      dispatcher.forward(relu(), short, options),
      dispatcher.backward(relu(), short, short, options),
      dispatcher.forward(swiglu(), short, short, options),
      dispatcher.backward(swiglu(), short, short, short, options),
      dispatcher.backward(relu(), { mask: new Uint32Array(40) }, short, options),
      dispatcher.backwardAlpha(prelu(), short, short, options),
      createKernels(device).prepare([relu()], options),
    ]
    for (const call of calls) await expect(call).rejects.toBe(reason)
    await expect(createDispatcher(options)).rejects.toBe(reason)
    expect(submit).not.toHaveBeenCalled()
  })

  test('that is aborted on the way ends its call alone, and its array is left alone', async () => {
    const device = await ownDevice()
    const buffers = trackBuffers(device)
    const { dispatcher, fallbacks } = await dispatcherWith({ processor: 'webgpu', device })
    await dispatcher.forward(relu(), short)
    const controller = new AbortController()
    const out = new Float32Array(long.length)
    const call = dispatcher.forward(relu(), long, { out, signal: controller.signal })
    const others = [dispatcher.forward(relu(), long), dispatcher.forward(relu(), short)]
    // When the first of its chunks are on their way, and others wait.
    await new Promise(resolve => setTimeout(resolve, 1))
    controller.abort(reason)
    await expect(call).rejects.toBe(reason)
    const left = out.slice()
    const [y, z] = await Promise.all(others)
    expectSameBits(y!, reluForward(long), { x: long })
    expectSameBits(z!, reluForward(short), { x: short })
    expectSameBits(out, left, { x: long })
    expect(fallbacks).toEqual([])
    dispatcher.destroy()
    expect([...buffers.live]).toEqual([])
  })

  test('that many calls share ends all of them, and Node warns of nothing', async () => {
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
    const warned = vi.spyOn(console, 'error')
    const controller = new AbortController()
    const calls = Array.from({ length: 100 }, () => dispatcher.forward(relu(), short, { signal: controller.signal }))
    controller.abort(reason)
    for (const { status } of await Promise.allSettled(calls)) expect(status).toBe('rejected')
    expectSameBits(await dispatcher.forward(relu(), short), reluForward(short), { x: short })
    expect(warned).not.toHaveBeenCalled()
    warned.mockRestore()
  })

  test('of a dispatcher ends its creation, and leaves no device', async () => {
    const controller = new AbortController()
    const request: (this: GPUAdapter, given?: GPUDeviceDescriptor) => Promise<GPUDevice> = Reflect.get(
      GPUAdapter.prototype,
      'requestDevice',
    )
    const spy = vi.spyOn(GPUAdapter.prototype, 'requestDevice').mockImplementation(function (this: GPUAdapter, given) {
      controller.abort(reason)
      return request.call(this, given)
    })
    try {
      await expect(createDispatcher({ processor: 'webgpu', signal: controller.signal })).rejects.toBe(reason)
      const device = (await spy.mock.results[0]!.value) as GPUDevice
      expect(await device.lost).toMatchObject({ reason: 'destroyed' })
    } finally {
      spy.mockRestore()
    }
  })
})

describe('destroy', () => {
  test.each([
    ['its own device', async () => undefined],
    ['an adopted device', () => ownDevice()],
  ])('rejects what waits, on %s', async (_, find) => {
    const device = await find()
    const buffers = device && trackBuffers(device)
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device, selfTest: true })
    const calls = Array.from({ length: 30 }, (_unused, i) => dispatcher.forward(relu(), i % 2 === 0 ? long : short))
    await new Promise(resolve => setTimeout(resolve, 1))
    dispatcher.destroy()
    for (const call of calls) await expect(call).rejects.toMatchObject({ name: 'DestroyedError', code: 'destroyed' })
    expect([...(buffers?.live ?? [])]).toEqual([])
    dispatcher.destroy()
  })

  test('and a signal wait for no device that never answers', async () => {
    const device = await ownDevice()
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device, timeLimit: Infinity })
    Object.defineProperty(device, 'popErrorScope', { value: () => new Promise(() => {}) })
    const controller = new AbortController()
    const calls = [
      dispatcher.forward(relu(), long, { signal: controller.signal }),
      dispatcher.backward(relu(), short, short),
      dispatcher.backwardAlpha(prelu(), short, short),
    ]
    controller.abort(new RangeError('enough'))
    await expect(calls[0]).rejects.toThrow('enough')
    dispatcher.destroy()
    for (const call of calls.slice(1)) await expect(call).rejects.toMatchObject({ code: 'destroyed' })
  })

  test('leaves the others on its device alone', async () => {
    const device = await ownDevice()
    const buffers = trackBuffers(device)
    const [{ dispatcher: one }, { dispatcher: other }] = await Promise.all([
      dispatcherWith({ processor: 'webgpu', device }),
      dispatcherWith({ processor: 'webgpu', device }),
    ])
    const calls = [one.forward(relu(), long), other.forward(relu(), long), other.forward(prelu(), short)]
    one.destroy()
    await expect(calls[0]).rejects.toMatchObject({ code: 'destroyed' })
    expectSameBits(await calls[1]!, reluForward(long), { x: long })
    await calls[2]
    expect(other.report.fallbacks).toBe(0)
    other.destroy()
    expect([...buffers.live]).toEqual([])
  })
})
