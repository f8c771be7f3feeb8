import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { drawProblem } from '../../demo/lab/data.ts'
import { CIRCLES } from '../../demo/lab/presets.ts'
import type { Message } from '../../demo/lab/protocol.ts'
import type { Setup } from '../../demo/lab/training-setup.ts'
import { Session } from '../../demo/lab/session/session.ts'
import { DispatcherTrainer } from '../../demo/lab/trainer.ts'
import { dispatcherWith } from '../support/dispatcher.ts'

afterEach(() => vi.restoreAllMocks())

const SETUP: Setup = { ...CIRCLES, data: { name: 'circles', rows: 64 }, width: 8, momentum: 0.9 }

/** The loss of each of 100 steps. tanh, because relu is the same on every processor, bit for bit. */
async function lossesOf(processor: 'webgpu' | 'cpu'): Promise<number[]> {
  const { dispatcher, fallbacks } = await dispatcherWith({ processor })
  const problem = await drawProblem(SETUP.data, SETUP.seed, () => Promise.reject(new Error('No digits are needed.')))
  const trainer = new DispatcherTrainer(SETUP, { name: 'tanh' }, problem, dispatcher)
  const losses: number[] = []
  for (let step = 0; step < 100; step++) losses.push((await trainer.train(1)).loss)
  expect(fallbacks).toEqual([])
  expect(dispatcher.report.processor).toBe(processor)
  return losses
}

test('100 steps of training follow the curve of the CPU', async () => {
  const onGpu = await lossesOf('webgpu')
  const onCpu = await lossesOf('cpu')
  expect(Math.max(...onGpu.map((loss, step) => Math.abs(loss - onCpu[step]!)))).toBeLessThan(1e-3)
  expect(onGpu.at(-1)).toBeLessThan(0.5 * onGpu[0]!)
})

test('training goes on on the CPU when devices are lost, and says so', async () => {
  const devices: GPUDevice[] = []
  const request: (this: GPUAdapter, descriptor?: GPUDeviceDescriptor) => Promise<GPUDevice> = Reflect.get(
    GPUAdapter.prototype,
    'requestDevice',
  )
  vi.spyOn(GPUAdapter.prototype, 'requestDevice').mockImplementation(async function (this: GPUAdapter, descriptor) {
    const device = await request.call(this, descriptor)
    if (devices.push(device) > 1) device.destroy()
    return device
  })
  const messages: Message[] = []
  const session = new Session(
    message => messages.push(message),
    () => Promise.reject(new Error('No digits are needed.')),
  )
  onTestFinished(() => session.close())
  await session.handle({ type: 'reset', run: 1, setup: { ...SETUP, batchNorm: true, steps: 10 }, processor: 'webgpu' })
  expect(messages[0]).toMatchObject({
    type: 'ready',
    processor: 'webgpu',
    reason: 'A run with batch normalisation is trained on the CPU. Only activations are computed on the GPU.',
    adapter: { software: expect.any(Boolean) },
  })
  devices[0]!.destroy()
  await session.handle({ type: 'run', run: 1 })
  expect(messages.find(({ type }) => type === 'processor')).toMatchObject({
    processor: 'cpu',
    reason: expect.stringMatching(/lost/),
    adapter: null,
  })
  expect(messages.at(-1)).toEqual({ type: 'finished', run: 1, step: 10 })
})
