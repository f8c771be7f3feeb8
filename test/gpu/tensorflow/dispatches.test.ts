import * as tf from '@tensorflow/tfjs-core'
import * as layers from '@tensorflow/tfjs-layers'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Activation, geglu, gelu, hardSwish, mish, silu, softsign, swiglu } from '../../../src/index.ts'
import { applyActivation } from '../../../src/tensorflow.ts'
import { dispatchesOf, openTensorFlow, readTensor, withActivations } from '../../support/tensorflow.ts'

beforeAll(async () => void (await openTensorFlow()))

const ramp = (length: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length }, (_, i) => (i - length / 2 + 0.3) / 3)

type Operation = (x: tf.Tensor) => tf.Tensor

const theirs: readonly [string, Operation, backward: number][] = [
  ['relu', tf.relu, 2],
  ['relu6', tf.relu6, 4],
  ['leakyRelu', x => tf.leakyRelu(x, 0.2), 3],
  ['elu', tf.elu, 1],
  ['selu', tf.selu, 6],
  ['sigmoid', tf.sigmoid, 3],
  ['tanh', tf.tanh, 3],
  ['softplus', tf.softplus, 2],
]

describe('one dispatch forward, and one for the gradient', () => {
  test.each(theirs)('%s', (_, operation, backward) => {
    const [x, dy] = [tf.tensor2d(ramp(35), [5, 7]), tf.tensor2d(ramp(35), [5, 7])]
    const both = (): unknown => tf.tidy(() => void tf.valueAndGrad(operation)(x, dy))
    expect(dispatchesOf(both).programs).toHaveLength(1 + backward)
    withActivations()
    expect(dispatchesOf(both).programs).toHaveLength(2)
    expect(dispatchesOf(() => operation(x).dispose()).programs).toHaveLength(1)
  })

  test.each([gelu(), gelu({ approximate: 'tanh' }), silu(), mish(), hardSwish(), softsign()])('%s', activation => {
    const [x, dy] = [tf.tensor1d(ramp(35)), tf.tensor1d(ramp(35))]
    const both = (): unknown =>
      tf.tidy(() => void tf.valueAndGrad((given: tf.Tensor) => applyActivation(tf, activation, given))(x, dy))
    expect(dispatchesOf(both).programs.length).toBeGreaterThan(4)
    withActivations()
    expect(dispatchesOf(both).programs).toHaveLength(2)
  })

  test.each([swiglu(), geglu()])('%s, with two gradients', pair => {
    withActivations()
    const [gate, up, dy] = [tf.tensor1d(ramp(35)), tf.tensor1d(ramp(35)), tf.tensor1d(ramp(35))]
    const f = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => applyActivation(tf, pair, a, b)
    expect(dispatchesOf(() => tf.valueAndGrads(f)([gate, up], dy)).programs).toHaveLength(3)
  })
})

test('prelu and the gradients of x and of the slopes: at most four', () => {
  withActivations()
  const f = (x: tf.Tensor, alpha: tf.Tensor): tf.Tensor => tf.prelu(x, alpha)
  const counts = [
    [[5, 7], [7]],
    [[5000, 7], [7]],
    [[500, 70], [1]],
    [
      [5, 7],
      [5, 7],
    ],
  ].map(([shape, of]) => {
    const inputs = [tf.zeros(shape!), tf.ones(of!)]
    const dy = tf.ones(shape!)
    return dispatchesOf(() => tf.valueAndGrads(f)(inputs, dy)).programs.length
  })
  expect(counts).toEqual([3, 4, 4, 3])
})

describe('Layers', () => {
  /** The activations that it composes: the largest difference of ours, and the dispatches of both directions. */
  const composed: readonly [string, number][] = [
    ['gelu', 1e-6],
    ['gelu_new', 1e-6],
    ['swish', 1e-6],
    ['mish', 1e-6],
    ['relu6', 0],
    ['hardSigmoid', 1e-7],
    ['softsign', 1e-7],
  ]

  test.each(composed)('%s, in a layer that was made before and in one that is made after', async (name, most) => {
    const make = (): layers.layers.Layer => layers.layers.activation({ activation: name as 'gelu' })
    const before = make()
    const x = tf.tensor2d(ramp(40), [5, 8])
    const dy = tf.tensor2d(ramp(40), [5, 8])
    const both = (layer: layers.layers.Layer) =>
      tf.valueAndGrad((given: tf.Tensor) => layer.apply(given) as tf.Tensor)(x, dy)
    const original = dispatchesOf(() => both(before))
    const restore = withActivations()
    for (const layer of [before, make()]) {
      const { result, programs } = dispatchesOf(() => both(layer))
      expect(programs).toHaveLength(2)
      const [y, dx] = [await result.value.data(), await result.grad.data()]
      const [theirY, theirDx] = [await original.result.value.data(), await original.result.grad.data()]
      expect(largestDifference(y, theirY)).toBeLessThanOrEqual(most)
      expect(largestDifference(dx, theirDx)).toBeLessThanOrEqual(20 * most)
    }
    restore()
    expect(dispatchesOf(() => both(before)).programs).toEqual(original.programs)
    expect(original.programs.length).toBeGreaterThan(4)
  })

  test.each([6, 1.5])('ReLU with the bound %s', async maxValue => {
    const layer = layers.layers.reLU({ maxValue })
    const x = tf.tensor1d(ramp(40))
    const both = () => tf.valueAndGrad((given: tf.Tensor) => layer.apply(given) as tf.Tensor)(x, tf.onesLike(x))
    const original = both()
    withActivations()
    const { programs } = dispatchesOf(() => tf.tidy(both))
    expect(programs.filter(program => program !== 'FillProgram')).toHaveLength(2)
    const ours = both()
    expect(await ours.value.data()).toEqual(await original.value.data())
    expect(await ours.grad.data()).toEqual(await original.grad.data())
  })

  test('swish with another alpha and ReLU without a bound are theirs', async () => {
    withActivations()
    const map = tf.serialization.SerializationMap.getMap().classNameMap
    const Swish = map['swish']![0] as unknown as new () => { apply: (x: tf.Tensor, alpha?: number) => tf.Tensor }
    const x = tf.tensor1d([1, -2])
    const y = await readTensor(new Swish().apply(x, 2))
    expect(y[0]).toBeCloseTo(1 / (1 + Math.exp(-2)), 6)
    expect([...(await readTensor(layers.layers.reLU().apply(x) as tf.Tensor))]).toEqual([1, 0])
  })

  test('a model that is saved and loaded predicts and learns the same', async () => {
    const input = layers.input({ shape: [6, 6, 2] })
    let y = layers.layers.conv2d({ filters: 3, kernelSize: 3, activation: 'relu' }).apply(input)
    y = layers.layers.prelu({ sharedAxes: [1, 2], alphaInitializer: 'glorotNormal' }).apply(y)
    y = layers.layers.flatten().apply(layers.layers.reLU({ maxValue: 6 }).apply(y))
    y = layers.layers.dense({ units: 5, activation: 'gelu' }).apply(y)
    const output = layers.layers.dense({ units: 3, activation: 'sigmoid' }).apply(y) as layers.SymbolicTensor
    const made = layers.model({ inputs: input, outputs: output })
    const [x, target] = [tf.tensor4d(ramp(144), [2, 6, 6, 2]), tf.tensor2d([0, 1, 0, 1, 0, 0], [2, 3])]

    const losses: number[][] = []
    let saved: tf.io.ModelArtifacts | undefined
    await made.save(
      tf.io.withSaveHandler(async artifacts => ((saved = artifacts), { modelArtifactsInfo: {} as never })),
    )
    for (const isOurs of [false, true]) {
      if (isOurs) withActivations()
      const model = await layers.loadLayersModel(tf.io.fromMemory(saved!))
      model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' })
      const curve: number[] = []
      for (let step = 0; step < 5; step++) curve.push((await model.trainOnBatch(x, target)) as number)
      losses.push(curve)
      model.dispose()
    }
    const [theirCurve, ourCurve] = losses as [number[], number[]]
    expect(largestDifference(ourCurve, theirCurve)).toBeLessThan(1e-6)
    expect(ourCurve.at(-1)).toBeLessThan(ourCurve[0]!)
  })
})

test('composed where nothing is installed: the same to rounding, and gradients of gradients', async () => {
  const x = tf.tensor1d(ramp(21))
  const cases: Activation[] = [gelu(), gelu({ approximate: 'tanh' }), silu(), mish(), softsign()]
  for (const activation of cases) {
    const f = (given: tf.Tensor): tf.Tensor => applyActivation(tf, activation, given)
    const second = (given: tf.Tensor): tf.Tensor => tf.grad((inner: tf.Tensor) => tf.mul(f(inner), inner))(given)
    const [composedY, composedSecond] = [await readTensor(f(x)), await readTensor(tf.grad(second)(x))]
    const restore = withActivations()
    expect(largestDifference(await readTensor(f(x)), composedY)).toBeLessThan(2e-6)
    expect(largestDifference(await readTensor(tf.grad(second)(x)), composedSecond)).toBeLessThan(1e-5)
    restore()
  }
})

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length)
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)))
}
