import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { casesHere } from '../support/lanes.ts'
import { activationOf } from '../../demo/lab/activations.ts'
import { circles } from '../../demo/lab/data.ts'
import type { Dataset, Problem } from '../../demo/lab/dataset.ts'
import { LabGpu } from '../../demo/lab/gpu/lab-gpu.ts'
import { GpuTrainer } from '../../demo/lab/gpu/trainer.ts'
import { GpuTraining } from '../../demo/lab/gpu/training.ts'
import { Network } from '../../demo/lab/network.ts'
import { clipByGlobalNorm } from '../../demo/lab/optimiser.ts'
import { CIRCLES, RELU } from '../../demo/lab/presets.ts'
import type { Message } from '../../demo/lab/protocol.ts'
import type { ActivationChoice, Setup } from '../../demo/lab/training-setup.ts'
import { Session } from '../../demo/lab/session/session.ts'
import { DispatcherTrainer, type Followed } from '../../demo/lab/trainer.ts'
import { createDispatcher, type Dispatcher } from '../../src/index.ts'

// The networks of the lab on this lane's GPU, against those on the CPU.

let gpu: LabGpu
let dispatcher: Dispatcher
// One device for all tests: SwiftShader takes 2 seconds to compile a backward pass.
beforeAll(async () => {
  const opened = await LabGpu.open(true)
  if (typeof opened === 'string') throw new Error(opened)
  gpu = opened
  dispatcher = await createDispatcher({ processor: 'cpu' })
})
afterAll(() => {
  gpu.close()
  dispatcher.destroy()
})

const SETUP: Setup = { ...CIRCLES, data: { name: 'circles', rows: 40 }, width: 6, batch: 16, momentum: 0.9 }
const PROBLEM: Problem = { training: circles(40, 1), test: circles(10, 2) }

function trainersOf(setup: Setup, choice: ActivationChoice) {
  const onGpu = new GpuTrainer(setup, choice, PROBLEM, gpu, dispatcher)
  onTestFinished(() => onGpu.close())
  return { onGpu, onCpu: new DispatcherTrainer(setup, choice, PROBLEM, dispatcher) }
}

/** The largest difference of losses, of the training set and of the test set. */
function distance(a: Followed, b: Followed): number {
  expect(a.points).toHaveLength(b.points.length)
  const losses = ({ points }: Followed): number[] => points.flatMap(one => [one.training.loss, one.test!.loss])
  const expected = losses(b)
  return Math.max(...losses(a).map((loss, i) => Math.abs(loss - expected[i]!)))
}

const LENGTHS = [0, 1, 24, 25, 25, 25]
const ADAM: Partial<Setup> = { optimiser: 'adam', rate: 0.02, depth: 1 }

const runs: readonly [string, string, Partial<Setup>][] = [
  ['relu', 'SGD with momentum', {}],
  ['gelu', 'SGD with momentum, of all examples', { batch: 40, depth: 1 }],
  ['tanh', 'SGD with momentum, clipped', { clip: 0.5, depth: 1 }],
  ['relu', 'Adam', ADAM],
  ['gelu', 'Adam, clipped', { ...ADAM, clip: 0.05 }],
  ['tanh', 'Adam, of all examples', { ...ADAM, batch: 40 }],
]

test.each(casesHere(runs))('100 steps of %s with %s follow the curve of the CPU', async (name, _, options) => {
  const { onGpu, onCpu } = trainersOf({ ...SETUP, ...options }, { name })
  const [followed, expected] = [await onGpu.follow(LENGTHS), await onCpu.follow(LENGTHS)]
  expect(followed.steps).toBe(100)
  expect(distance(followed, expected)).toBeLessThan(1e-3)
  expect(followed.points.at(-1)!.training.loss).toBeLessThan(0.8 * followed.points[0]!.training.loss)
  expect(gpu.failure).toBeUndefined()
})

/** Trains without momentum, all examples a step. */
async function train(network: Network, name: string, data: Dataset, steps: number, rate: number, clip: number | null) {
  const options = { optimiser: 'sgd', rate, momentum: 0, clip, batch: data.rows } as const
  const training = new GpuTraining(gpu, options, network, activationOf({ name }), { training: data, test: null })
  onTestFinished(() => training.destroy())
  await training.prepare()
  const trained = await gpu.checked(() => training.train([Array.from({ length: steps }, () => null)]))
  return { ...trained, places: training.network.places }
}

/** The gradients of a step: velocities without momentum. */
async function gradientsOf(network: Network, name: string, data: Dataset, clip: number | null): Promise<number[][]> {
  const { steps, memory, places } = await train(network, name, data, 1, 0.1, clip)
  expect(steps).toBe(1)
  return places.map(({ start, length }) => [...memory.subarray(start, start + length)])
}

const ODD: Dataset = {
  rows: 9,
  features: 5,
  classes: 3,
  values: Float32Array.from({ length: 45 }, (_, i) => Math.sin(7 * i)),
  labels: Uint8Array.of(0, 1, 2, 0, 1, 2, 2, 1, 0),
}

test.each<[string, number | null]>([
  ['gelu', null],
  ['relu', 0.1],
])('gradients of %s equal those of the CPU, clipped to %s', async (name, clip) => {
  const bias = { value: 0.1 }
  const options = { ...SETUP, ...ODD, width: 7, depth: 3, bias, activation: activationOf({ name }) }
  const network = new Network(options, dispatcher)
  const actual = await gradientsOf(network, name, ODD, clip)
  await network.gradients(ODD.values, ODD.labels, 'training')
  if (clip !== null) clipByGlobalNorm(network.parameters, clip)
  const expected = network.parameters.map(({ gradients }) => [...gradients])
  const largest = Math.max(...expected.flat().map(Math.abs))
  expect(actual.map(({ length }) => length)).toEqual(expected.map(({ length }) => length))
  const differences = actual.flatMap((values, k) => values.map((value, i) => Math.abs(value - expected[k]![i]!)))
  expect(Math.max(...differences) / largest).toBeLessThan(1e-5)
  expect(Math.min(...expected.map(values => Math.max(...values.map(Math.abs))))).toBeGreaterThan(0)
})

test('a step whose gradients have no finite norm is left out, where they are clipped', async () => {
  const data: Dataset = { rows: 1, features: 1, classes: 2, values: Float32Array.of(1e20), labels: Uint8Array.of(0) }
  const network = new Network({ ...SETUP, ...data, width: 1, depth: 1, activation: activationOf(RELU) }, dispatcher)
  network.dense[0]!.weights.values.set([1e-20])
  network.dense[1]!.weights.values.set([-1e20, 1e20])
  expect((await gradientsOf(network, 'relu', data, 5)).flat().every(value => value === 0)).toBe(true)
})

test('a network that diverges is trained as far as on the CPU', async () => {
  const { onGpu, onCpu } = trainersOf({ ...SETUP, rate: 1e30 }, RELU)
  const lengths = Array.from({ length: 8 }, () => 5)
  const [{ steps, points }, expected] = [await onGpu.follow(lengths), await onCpu.follow(lengths)]
  expect([steps, points.length]).toEqual([expected.steps, expected.points.length])
  expect(steps).toBeGreaterThan(0)
  expect(steps).toBeLessThan(40)
})

test('parameters stay as they were before a loss that is no number', async () => {
  const network = new Network({ ...SETUP, ...ODD, activation: activationOf(RELU) }, dispatcher)
  const { steps, values } = await train(network, 'relu', ODD, 20, 1e30, null)
  expect(steps).toBeGreaterThan(0)
  expect(steps).toBeLessThan(20)
  expect(values.every(Number.isFinite)).toBe(true)
})

test('the activations change, and a look inside sees what was learned', async () => {
  const { onGpu, onCpu } = trainersOf({ ...SETUP, first: { activation: RELU, steps: 20 } }, { name: 'tanh' })
  const follow = async (trainer: GpuTrainer | DispatcherTrainer): Promise<Followed> => {
    await trainer.follow([20])
    trainer.setActivation({ name: 'tanh' })
    return trainer.follow([20])
  }
  expect(distance(await follow(onGpu), await follow(onCpu))).toBeLessThan(1e-3)
  const [inside, expected] = [await onGpu.inspect(), await onCpu.inspect()]
  inside.gradientNorms.forEach((norm, i) => expect(norm).toBeCloseTo(expected.gradientNorms[i]!, 3))
})

/** A session, and what it posts. */
function opened() {
  const messages: Message[] = []
  const session = new Session(
    message => messages.push(structuredClone(message)),
    () => Promise.reject(new Error('No digits are needed.')),
  )
  onTestFinished(() => session.close())
  /** The losses of the last run. */
  const curves = (): number[][] => {
    const start = messages.findLastIndex(({ type }) => type === 'ready')
    const all = messages.slice(start).flatMap(message => (message.type === 'progress' ? [message.curves] : []))
    expect(all.flatMap(([curve]) => curve!.steps)).toEqual(Array.from({ length: 31 }, (_, step) => step))
    return [0, 1].map(k => all.flatMap(list => list[k]!.loss))
  }
  return { messages, session, curves, ready: () => messages.findLast(({ type }) => type === 'ready') }
}

test('the CPU goes on where the device does not answer any more', async () => {
  // The session has the device of all tests.
  const destroy = vi.spyOn(gpu.device, 'destroy').mockReturnValue(undefined)
  const request = vi.spyOn(GPUAdapter.prototype, 'requestDevice').mockResolvedValue(gpu.device)
  onTestFinished(() => [destroy, request].forEach(spy => spy.mockRestore()))
  const { messages, session, curves } = opened()
  const setup: Setup = { ...SETUP, ...ADAM, steps: 30, activations: [RELU, { name: 'tanh' }] }
  const reset = (processor: 'webgpu' | 'cpu'): Promise<void> =>
    session.handle({ type: 'reset', run: 1, setup, processor })
  await reset('webgpu')
  await session.handle({ type: 'step', run: 1, steps: 10 })

  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const map = vi.spyOn(GPUBuffer.prototype, 'mapAsync').mockReturnValue(new Promise(() => undefined))
  onTestFinished(() => map.mockRestore())
  const running = session.handle({ type: 'run', run: 1 })
  await vi.waitFor(() => expect(map).toHaveBeenCalled())
  await vi.advanceTimersByTimeAsync(30_000)
  await running
  expect(map).toHaveBeenCalledOnce()
  const reason =
    'The GPU failed: the device did not answer within 20 seconds. Training goes on from the state that was read last.'
  expect(messages.filter(({ type }) => type === 'processor')).toMatchObject([{ processor: 'cpu', reason }])
  expect(messages.at(-1)).toEqual({ type: 'finished', run: 1, step: 30 })
  const followed = curves()
  await reset('cpu')
  await session.handle({ type: 'run', run: 1 })
  curves().forEach((curve, k) =>
    curve.forEach((loss, i) => expect(Math.abs(loss - followed[k]![i]!)).toBeLessThan(1e-3)),
  )
})

// The last one: it loses the device.
test('a session trains where it says, and the CPU goes on where the device is lost', async () => {
  const { messages, session, curves, ready } = opened()
  const setup: Setup = { ...SETUP, ...ADAM, steps: 30, stopAtLoss: 1e-9, activations: [RELU, { name: 'tanh' }] }
  const reset = (processor: 'webgpu' | 'cpu' | 'auto'): Promise<void> =>
    session.handle({ type: 'reset', run: 1, setup, processor })
  const request = vi.spyOn(GPUAdapter.prototype, 'requestDevice').mockResolvedValue(gpu.device)
  onTestFinished(() => request.mockRestore())
  await reset('cpu')
  await session.handle({ type: 'run', run: 1 })
  const onCpu = curves()
  const expectSame = (all: number[][]): void =>
    all.forEach((curve, k) => {
      curve.forEach((loss, i) => expect(Math.abs(loss - onCpu[k]![i]!)).toBeLessThan(1e-3))
    })
  if (gpu.adapter.software) {
    await reset('auto')
    expect(ready()).toMatchObject({ processor: 'cpu', reason: expect.stringContaining('software') })
    expect(request).not.toHaveBeenCalled()
  }
  await reset('webgpu')
  expect(ready()).toMatchObject({ processor: 'webgpu', reason: expect.stringContaining('recorded') })
  await session.handle({ type: 'run', run: 1 })
  expectSame(curves())

  await reset('webgpu')
  await session.handle({ type: 'step', run: 1, steps: 10 })
  const { onGpu: trainer, onCpu: expected } = trainersOf({ ...SETUP, ...ADAM }, { name: 'tanh' })
  await trainer.follow([30])
  await expected.follow([30])
  const following = trainer.follow([7, 7])
  gpu.device.destroy()
  expect(distance(await following, await expected.follow([7, 7]))).toBeLessThan(1e-3)
  expect(distance(await trainer.follow([7]), await expected.follow([7]))).toBeLessThan(1e-3)
  expect(gpu.failure).toMatch(/^The device was lost/)

  await session.handle({ type: 'run', run: 1 })
  expect(messages.filter(({ type }) => type === 'processor')).toMatchObject([
    { processor: 'cpu', reason: expect.stringMatching(/^The device was lost.* Training goes on/), adapter: null },
  ])
  expect(messages.at(-1)).toEqual({ type: 'finished', run: 1, step: 30 })
  expectSame(curves())
})
