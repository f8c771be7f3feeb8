import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { activationOf } from '../../demo/lab/activations.ts'
import { circles } from '../../demo/lab/data.ts'
import type { Dataset, Problem } from '../../demo/lab/dataset.ts'
import { LabGpu } from '../../demo/lab/gpu/lab-gpu.ts'
import { GpuTrainer } from '../../demo/lab/gpu/trainer.ts'
import { GpuTraining } from '../../demo/lab/gpu/training.ts'
import { Network } from '../../demo/lab/network.ts'
import { clipByGlobalNorm } from '../../demo/lab/optimiser.ts'
import { CIRCLES, RELU } from '../../demo/lab/presets.ts'
import type { ActivationChoice, Message, Setup } from '../../demo/lab/protocol.ts'
import { Session } from '../../demo/lab/session.ts'
import { DispatcherTrainer, type Followed } from '../../demo/lab/trainer.ts'
import { createDispatcher, type Dispatcher } from '../../src/index.ts'

// The networks of the lab on this lane's GPU, against those on the CPU.

let gpu: LabGpu
let dispatcher: Dispatcher

async function open(): Promise<LabGpu> {
  const opened = await LabGpu.open(true)
  if (typeof opened === 'string') throw new Error(opened)
  return opened
}

beforeAll(async () => {
  gpu = await open()
  dispatcher = await createDispatcher({ processor: 'cpu' })
})
afterAll(() => {
  gpu.close()
  dispatcher.destroy()
})

const SETUP: Setup = { ...CIRCLES, data: { name: 'circles', rows: 64 }, width: 8, momentum: 0.9 }
const PROBLEM: Problem = { training: circles(64, 1), test: circles(30, 2) }

function trainersOf(setup: Setup, choice: ActivationChoice, device = gpu) {
  const onGpu = new GpuTrainer(setup, choice, PROBLEM, device, dispatcher)
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

const TWENTY_FIVES = [0, 1, 24, 25, 25, 25]

test.each<[string, Partial<Setup>]>([
  ['relu', {}],
  ['gelu', { batch: 64 }],
  ['tanh', { clip: 0.5 }],
  ['relu', { optimiser: 'adam', rate: 0.01 }],
  ['gelu', { optimiser: 'adam', rate: 0.01, clip: 0.05 }],
  ['tanh', { optimiser: 'adam', rate: 0.01, batch: 64 }],
])('100 steps of %s with %o follow the curve of the CPU', async (name, options) => {
  const { onGpu, onCpu } = trainersOf({ ...SETUP, ...options }, { name })
  const [followed, expected] = [await onGpu.follow(TWENTY_FIVES), await onCpu.follow(TWENTY_FIVES)]
  expect(followed.steps).toBe(100)
  expect(distance(followed, expected)).toBeLessThan(1e-3)
  expect(followed.points.at(-1)!.training.loss).toBeLessThan(0.8 * followed.points[0]!.training.loss)
  expect(gpu.failure).toBeUndefined()
})

/** Trains one step, and gives the gradients: velocities without momentum. */
async function gradientsOf(network: Network, name: string, data: Dataset, clip: number | null): Promise<number[][]> {
  const options = { optimiser: 'sgd', rate: 0.1, momentum: 0, clip, batch: data.rows } as const
  const training = new GpuTraining(gpu, options, network, activationOf({ name }), { training: data, test: null })
  onTestFinished(() => training.destroy())
  await training.prepare()
  const { steps, memory } = await gpu.checked(() => training.train([[null]]))
  expect(steps).toBe(1)
  return training.network.places.map(({ start, length }) => [...memory.subarray(start, start + length)])
}

const ODD: Dataset = {
  rows: 9,
  features: 5,
  classes: 3,
  values: Float32Array.from({ length: 45 }, (_, i) => Math.sin(7 * i)),
  labels: Uint8Array.of(0, 1, 2, 0, 1, 2, 2, 1, 0),
}

test.each<[string, number | null]>([
  ['silu', null],
  ['elu', 0.1],
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
  const { onGpu, onCpu } = trainersOf({ ...SETUP, rate: 100, gain: 100 }, { name: 'leakyRelu' })
  const lengths = Array.from({ length: 8 }, () => 5)
  const [{ steps, points }, expected] = [await onGpu.follow(lengths), await onCpu.follow(lengths)]
  expect([steps, points.length]).toEqual([expected.steps, expected.points.length])
  expect(steps).toBeLessThan(40)
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

test.each<[string, Partial<Setup>]>([
  ['SGD', {}],
  ['Adam', { optimiser: 'adam', rate: 0.01 }],
])('the CPU goes on from there when the device is lost: %s', async (_, options) => {
  const device = await open()
  const { onGpu, onCpu } = trainersOf({ ...SETUP, ...options }, { name: 'tanh' }, device)
  await onGpu.follow([30])
  await onCpu.follow([30])
  const following = onGpu.follow([7, 7])
  device.close()
  expect(distance(await following, await onCpu.follow([7, 7]))).toBeLessThan(1e-3)
  expect(device.failure).toMatch(/^The device was lost/)
  expect(distance(await onGpu.follow([7]), await onCpu.follow([7]))).toBeLessThan(1e-3)
})

test('a session trains on the GPU that is asked for, says so, and gives every point of the curves', async () => {
  const messages: Message[] = []
  const session = new Session(
    message => messages.push(structuredClone(message)),
    () => Promise.reject(new Error('No digits are needed.')),
  )
  onTestFinished(() => session.close())
  const setup: Setup = { ...SETUP, steps: 30, stopAtLoss: 1e-9, activations: [RELU, { name: 'tanh' }] }
  const losses: number[][] = []
  for (const processor of ['webgpu', 'cpu', 'auto'] as const) {
    messages.length = 0
    await session.handle({ type: 'reset', run: 1, setup, processor })
    const ready = messages[0] as Extract<Message, { type: 'ready' }>
    if (processor === 'webgpu') {
      expect(ready).toMatchObject({ type: 'ready', processor, reason: expect.stringContaining('recorded') })
    }
    // A software adapter is taken only where it is asked for.
    if (processor === 'auto' && gpu.adapter.software) {
      expect(ready).toMatchObject({ processor: 'cpu', reason: expect.stringContaining('software') })
    }
    await session.handle({ type: 'run', run: 1 })
    expect(messages.at(-1)).toEqual({ type: 'finished', run: 1, step: 30 })
    const curves = messages.flatMap(message => (message.type === 'progress' ? [message.curves] : []))
    expect(curves.flatMap(([relu]) => relu!.steps)).toEqual(Array.from({ length: 31 }, (_, step) => step))
    losses.push(curves.flatMap(of => of.map(({ loss }) => loss)).flat())
  }
  const [onGpu, onCpu] = losses.map(all => all.toSorted((a, b) => a - b))
  onGpu!.forEach((loss, i) => expect(Math.abs(loss - onCpu![i]!)).toBeLessThan(1e-3))

  await session.handle({ type: 'reset', run: 2, setup: { ...setup, batchNorm: true }, processor: 'webgpu' })
  expect(messages.find(({ type }) => type === 'ready')).toBeDefined()
  expect(messages.findLast(({ type }) => type === 'ready')).toMatchObject({
    reason: 'Batch normalisation is computed on the CPU. Activations are computed on the GPU.',
  })
})
