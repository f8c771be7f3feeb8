// oxlint-disable-next-line import/no-unassigned-import
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
// oxlint-disable-next-line import/no-unassigned-import
import '@tensorflow/tfjs-layers'
import { beforeAll, describe, expect, test } from 'vitest'
import { gelu, relu, relu6, swiglu } from '../../../src/index.ts'
import { applyActivation } from '../../../src/tensorflow.ts'
import { ownDevice } from '../../support/dispatcher.ts'
import { testDevice } from '../../support/gpu.ts'
import { dispatchesOf, openTensorFlow, readTensor, withActivations } from '../../support/tensorflow.ts'

beforeAll(async () => void (await openTensorFlow()))

describe('left to TensorFlow.js', () => {
  test('integers, booleans, and a slope that is not finite', async () => {
    withActivations()
    const read = async (compute: () => tf.Tensor): Promise<number[]> => {
      const { result, programs } = dispatchesOf(compute)
      expect(programs.filter(program => program.startsWith('webgpu-activations'))).toEqual([])
      return [...(await readTensor(result))]
    }
    expect(await read(() => tf.relu(tf.tensor1d([-1, 2], 'int32')))).toEqual([0, 2])
    expect(await read(() => tf.relu(tf.tensor1d([true, false], 'bool')))).toEqual([1, 0])
    expect(await read(() => tf.leakyRelu(tf.tensor1d([-1, 2]), Infinity))).toEqual([-Infinity, 2])
    expect(await read(() => tf.prelu(tf.tensor([-1, 2]), tf.tensor([2, 3], [2, 1])))).toEqual([-2, 2, -3, 2])
    // A cast may share the data.
    const cast = tf.cast(tf.tensor1d([-1, 3], 'int32'), 'float32')
    expect([...(await readTensor(tf.relu(cast)))]).toEqual([0, 3])
    expect([...(await readTensor(applyActivation(tf, relu(), tf.tensor1d([-1, 3], 'int32'))))]).toEqual([0, 3])
    expect((await readTensor(applyActivation(tf, gelu(), tf.tensor1d([true], 'bool'))))[0]).toBeCloseTo(0.8413447, 6)
  })

  test('gradients of gradients, errors included', async () => {
    const x = tf.tensor1d([-1.5, 0.5, 2])
    const second = (f: (x: tf.Tensor) => tf.Tensor) =>
      tf.grad((given: tf.Tensor) => tf.grad((inner: tf.Tensor) => tf.mul(f(inner), inner))(given))(x)
    const outcome = async (f: (x: tf.Tensor) => tf.Tensor): Promise<readonly number[] | string> => {
      try {
        return [...(await readTensor(second(f)))]
      } catch (error) {
        return String(error)
      }
    }
    const cases: ((x: tf.Tensor) => tf.Tensor)[] = [
      tf.relu,
      tf.relu6,
      tf.sigmoid,
      tf.tanh,
      tf.softplus,
      tf.elu,
      (given: tf.Tensor) => tf.leakyRelu(given),
    ]
    for (const f of cases) {
      const theirs = await outcome(f)
      const restore = withActivations()
      const near = typeof theirs === 'string' ? theirs : theirs.map(value => expect.closeTo(value, 5) as number)
      expect(await outcome(f)).toEqual(near)
      restore()
    }
  })

  test('other backends, and their gradients', async () => {
    const [x, dy] = [
      [-2, -0.5, 0, NaN, 3, 7],
      [1, 2, 3, 4, 5, 6],
    ]
    const alpha = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    const cases: ((x: tf.Tensor) => tf.Tensor)[] = [
      tf.relu,
      tf.relu6,
      tf.elu,
      tf.selu,
      tf.sigmoid,
      tf.tanh,
      tf.softplus,
      given => tf.leakyRelu(given, 0.3),
      given => tf.prelu(given, tf.tensor1d(alpha)),
    ]
    const results = async (): Promise<unknown> =>
      Promise.all(
        cases.map(async f => {
          const { value, grad } = tf.valueAndGrad(f)(tf.tensor1d(x), tf.tensor1d(dy))
          return [await value.data(), await grad.data()]
        }),
      )
    await tf.setBackend('cpu')
    try {
      const theirs = await results()
      withActivations()
      expect(await results()).toEqual(theirs)
      const y = await readTensor(applyActivation(tf, gelu(), tf.tensor1d([1])))
      expect(y[0]).toBeCloseTo(0.8413447, 6)
    } finally {
      await tf.setBackend('webgpu')
    }
  })

  test('a tensor of another backend is moved', async () => {
    withActivations()
    await tf.setBackend('cpu')
    const x = tf.tensor1d([-1, NaN, 2])
    await tf.setBackend('webgpu')
    expect([...(await readTensor(tf.relu(x)))]).toEqual([0, NaN, 2])
  })

  test('a disposed tensor: the same error', () => {
    const x = tf.tensor1d([1])
    x.dispose()
    const messageOf = (): string => {
      try {
        tf.relu(x)
      } catch (error) {
        return String(error)
      }
      return ''
    }
    const theirs = messageOf()
    expect(theirs).not.toBe('')
    withActivations()
    expect(messageOf()).toBe(theirs)
  })
})

describe('tensors of any shape', () => {
  test('none, a scalar, and six dimensions', async () => {
    withActivations()
    for (const shape of [[0], [3, 0, 2], [], [1], [1, 2, 1, 3, 1, 2]]) {
      const x = tf.fill(shape, -2)
      const slope = tf.scalar(0.5)
      const f = (given: tf.Tensor): tf.Tensor =>
        tf.prelu(applyActivation(tf, relu6(), tf.leakyRelu(tf.neg(given))), slope)
      const { value, grad } = tf.valueAndGrad((given: tf.Tensor) => tf.prelu(f(tf.relu(tf.neg(given))), slope))(x)
      expect([value.shape, grad.shape]).toEqual([shape, shape])
      expect([...(await readTensor(value))]).toEqual(Array.from({ length: x.size }, () => 0))
      expect((await readTensor(grad)).length).toBe(x.size)
      const alphas = tf.grad((given: tf.Tensor) => tf.prelu(x, given))
      if (x.size > 0) expect([...(await readTensor(alphas(slope)))]).toEqual([-2 * x.size])
    }
  })

  test('views of a longer buffer, and a gradient that is x itself', async () => {
    withActivations()
    const device = await testDevice()
    const values = Float32Array.of(-1, 2, -3, 4, -5, 6, -7, 8)
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
    const buffer = device.createBuffer({ size: 4096, usage })
    device.queue.writeBuffer(buffer, 0, values)
    for (const length of [8, 7, 5]) {
      const x = tf.tensor({ buffer, zeroCopy: true }, [length])
      const given = values.subarray(0, length)
      expect(await readTensor(tf.relu(x))).toEqual(given.map(value => Math.max(value, 0)))
      const gradient = tf.grad((tensor: tf.Tensor) => tf.leakyRelu(tensor, 0.5))(x, x)
      expect(await readTensor(gradient)).toEqual(given.map(value => (value > 0 ? value : value / 2)))
      x.dispose()
    }
    buffer.destroy()
  })

  test('with more workgroups than a dimension of a dispatch has', async () => {
    const device = await ownDevice({ maxComputeWorkgroupsPerDimension: 6 })
    // As a hardware adapter: an invocation for each vector, as far as there are so many.
    Object.defineProperty(device, 'adapterInfo', { value: { vendor: 'test', isFallbackAdapter: false } })
    await openTensorFlow(device)
    try {
      withActivations()
      const x = Float32Array.from({ length: 4 * 256 * 6 * 2 + 3 }, (_, i) => Math.sin(i))
      const inputs = [tf.tensor1d(x), tf.tensor1d(x.map(() => 0.5))]
      const { value, grads } = tf.valueAndGrads((a, b) => tf.prelu(a, b))(inputs, tf.tensor1d(x))
      expect(await readTensor(value)).toEqual(x.map(element => (element > 0 ? element : element / 2)))
      expect(await readTensor(grads[0]!)).toEqual(x.map(element => (element > 0 ? element : element / 2)))
      expect(await readTensor(grads[1]!)).toEqual(x.map(element => (element > 0 ? 0 : element * element)))
    } finally {
      await openTensorFlow()
    }
  })
})

// It grew by nothing in 1,000 steps either (2026-11-30).
const STEPS = 60

test('steps of training leave no tensor, no data and no memory behind', async () => {
  withActivations()
  const [x, alpha] = [tf.variable(tf.randomNormal([8, 17])), tf.variable(tf.ones([17]))]
  const step = (): void =>
    tf.tidy(() => {
      const f = (): tf.Scalar => {
        const [gate, up] = [tf.elu(tf.prelu(x, alpha)), tf.relu(tf.sigmoid(x))]
        return tf.sum(applyActivation(tf, swiglu(), tf.leakyRelu(gate, 0.1), applyActivation(tf, gelu(), up)))
      }
      tf.variableGrads(f)
    })
  const used = async (): Promise<unknown> => {
    // Submits, which frees what is disposed of.
    await readTensor(tf.add(x, 1))
    return { ...tf.memory(), data: tf.backend().numDataIds() }
  }
  for (let i = 0; i < 20; i++) step()
  const before = await used()
  for (let i = 0; i < STEPS; i++) step()
  expect(await used()).toEqual(before)
})

test('a profile names the kernels', async () => {
  withActivations()
  const x = tf.tensor1d([1, 2])
  const { kernels } = await tf.profile(() =>
    tf.grad((given: tf.Tensor) => applyActivation(tf, gelu(), tf.relu(given)))(x),
  )
  expect(kernels.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['Relu', 'WebgpuActivationsGelu', 'WebgpuActivationsGeluGrad', 'WebgpuActivationsReluGrad']),
  )
})
