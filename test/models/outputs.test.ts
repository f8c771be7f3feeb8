import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { requestSharedDevice } from '../../demo/examples/device.ts'
import { countWork, type Work } from '../../demo/lab/tensorflow/work.ts'
import { uniform } from '../../demo/support/random.ts'
import { openTensorFlow, withActivations } from '../support/tensorflow.ts'
import { PUBLISHED, type LoadedModel } from './published.ts'
import { keepRow } from './table.ts'
import { largestDifference, largestMagnitude } from './difference.ts'

let takeWork: () => Work

beforeAll(async () => {
  takeWork = countWork(await openTensorFlow(await requestSharedDevice()))
})

/** All outputs of a model, one after the other. */
async function outputsOf(model: LoadedModel, input: tf.Tensor): Promise<Float32Array> {
  const outputs = tf.tidy(() => {
    const given = model.predict(input)
    return given instanceof tf.Tensor ? [given] : Object.values(given)
  })
  const values = await Promise.all(outputs.map(output => output.data<'float32'>()))
  tf.dispose(outputs)
  return Float32Array.from(values.flatMap(each => [...each]))
}

test.each(PUBLISHED.map(model => [model.name, model] as const))('%s', async (name, { api, input: shape, load }) => {
  const next = uniform(1)
  const input = tf.tensor4d(Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, next), [...shape])
  const theirModel = await load()
  const theirs = await outputsOf(theirModel, input)
  takeWork()
  expect(await outputsOf(theirModel, input)).toEqual(theirs)
  const theirWork = takeWork()
  expect(theirWork.ours).toBe(0)

  const restore = withActivations()
  // Layers takes classes of activations when it loads a model.
  const ourModel = await load()
  const ours = await outputsOf(ourModel, input)
  expect(await outputsOf(ourModel, input)).toEqual(ours)
  takeWork()
  const before = tf.memory()
  expect(await outputsOf(ourModel, input)).toEqual(ours)
  const ourWork = takeWork()
  expect(tf.memory()).toEqual(before)
  restore()

  const largest = largestMagnitude(theirs)
  const difference = largestDifference(theirs, ours)
  expect(largest).toBeGreaterThan(0)
  expect(difference / largest).toBeLessThanOrEqual(1e-6)
  expect(ourWork.ours).toBeGreaterThan(0)
  expect(ourWork.dispatches).toBeLessThanOrEqual(theirWork.dispatches)
  expect(await outputsOf(theirModel, input)).toEqual(theirs)
  expect(takeWork().ours).toBe(0)
  theirModel.dispose()
  ourModel.dispose()
  input.dispose()

  keepRow({
    model: name,
    API: api,
    input: shape.join(' x '),
    'dispatches without': theirWork.dispatches,
    with: ourWork.dispatches,
    'of them ours': ourWork.ours,
    outputs: theirs.length,
    'largest output': largest.toPrecision(3),
    'largest difference': difference === 0 ? '0' : difference.toExponential(1),
  })
})
