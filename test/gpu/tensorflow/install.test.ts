import { createRequire } from 'node:module'
// oxlint-disable-next-line import/no-unassigned-import
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
// oxlint-disable-next-line import/no-unassigned-import
import '@tensorflow/tfjs-layers'
import { beforeAll, describe, expect, test } from 'vitest'
import { ActivationsError, celu, elu, gelu, relu, relu6, swiglu } from '../../../src/index.ts'
import { applyActivation, type TensorFlow, useActivations } from '../../../src/tensorflow.ts'
import { ownDevice } from '../../support/dispatcher.ts'
import { testDevice } from '../../support/gpu.ts'
import { dispatchesOf, openTensorFlow, readTensor, withActivations } from '../../support/tensorflow.ts'

beforeAll(async () => void (await openTensorFlow()))

const KERNELS = 'Relu Relu6 LeakyRelu Prelu Elu EluGrad Selu Sigmoid Tanh Softplus Step'.split(' ')
const GRADIENTS = 'Relu Relu6 LeakyRelu Prelu Elu Selu Sigmoid Tanh Softplus Step'.split(' ')
const CLASSES = 'gelu gelu_new swish mish relu6 hardSigmoid softsign ReLU relu'.split(' ')

/** Everything that TensorFlow.js has registered: kernels of all backends, gradients, and the methods of classes. */
function registered(): unknown[] {
  const { classNameMap } = tf.serialization.SerializationMap.getMap()
  const kernels = ['webgpu', 'cpu'].flatMap(backend => tf.getKernelsForBackend(backend))
  return [
    ...kernels.toSorted((a, b) => (a.kernelName < b.kernelName ? -1 : 1)),
    ...GRADIENTS.map(name => tf.getGradient(name)),
    ...CLASSES.flatMap(name => {
      const [made, from] = classNameMap[name]!
      const { apply, call } = made.prototype as { apply?: unknown; call?: unknown }
      return [made, from, apply, call]
    }),
  ]
}

const isSame = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((value, i) => Object.is(value, b[i]))

describe('restore puts back', () => {
  test('every kernel, gradient and class, the same objects', () => {
    const before = registered()
    const restore = useActivations(tf)
    const kernels = KERNELS.map(name => tf.getKernel(name, 'webgpu'))
    expect(kernels.filter(kernel => before.includes(kernel)).map(kernel => kernel.kernelName)).toEqual(['Step'])
    restore()
    expect(isSame(registered(), before)).toBe(true)
    restore()
    expect(isSame(registered(), before)).toBe(true)
  })

  test('what is still ours, and what another has wrapped meanwhile calls the original', async () => {
    const original = tf.getKernel('Relu6', 'webgpu')
    const restore = useActivations(tf)
    const ours = tf.getKernel('Relu6', 'webgpu')
    const wrapping = { ...ours, kernelFunc: (call: Parameters<typeof ours.kernelFunc>[0]) => ours.kernelFunc(call) }
    tf.unregisterKernel('Relu6', 'webgpu')
    tf.registerKernel(wrapping)
    restore()
    expect(tf.getKernel('Relu6', 'webgpu')).toBe(wrapping)
    const { result, programs } = dispatchesOf(() => tf.relu6(tf.tensor1d([7])))
    expect(programs).toEqual(['UnaryOpProgram'])
    expect([...(await readTensor(result))]).toEqual([6])
    tf.unregisterKernel('Relu6', 'webgpu')
    tf.registerKernel(original)
  })

  test('before the gradient of what was computed', async () => {
    const x = tf.tensor1d([-1, 2])
    const gradient = tf.grad((given: tf.Tensor) => {
      const restore = useActivations(tf)
      const y = tf.sigmoid(tf.relu(given))
      restore()
      return y
    })
    const [first, second] = await readTensor(gradient(x))
    expect(first).toBe(0)
    expect(second).toBeCloseTo(0.1049936, 6)
  })
})

describe('a second call', () => {
  test('returns the same function, and replaces nothing', () => {
    const before = registered()
    const restore = withActivations()
    const once = registered()
    expect(useActivations(tf)).toBe(restore)
    expect(useActivations(tf, { layers: false })).toBe(restore)
    expect(isSame(registered(), once)).toBe(true)
    restore()
    expect(isSame(registered(), before)).toBe(true)
  })

  test('by a module that was evaluated again', async () => {
    const before = registered()
    const restore = withActivations()
    const path = '../../../src/tensorflow/use-activations.ts?again'
    const again = (await import(/* @vite-ignore */ path)) as { useActivations: typeof useActivations }
    expect(again.useActivations).not.toBe(useActivations)
    expect(again.useActivations(tf)).toBe(restore)
    restore()
    const other = again.useActivations(tf)
    expect(useActivations(tf)).toBe(other)
    other()
    expect(isSame(registered(), before)).toBe(true)
  })

  test('with another copy of TensorFlow.js, which shares its registries', async () => {
    const copy = createRequire(import.meta.url)('@tensorflow/tfjs-core') as typeof tf
    expect(copy.relu).not.toBe(tf.relu)
    const before = registered()
    const restore = withActivations()
    expect(useActivations(copy)).toBe(restore)
    const { result, programs } = dispatchesOf(() => copy.relu(copy.tensor1d([-1, NaN])))
    expect(programs).toEqual(['webgpu-activations relu'])
    expect([...(await readTensor(result as never))]).toEqual([0, NaN])
    restore()
    expect(isSame(registered(), before)).toBe(true)
  })

  test('replaces the layers that the first one left', () => {
    withActivations({ layers: false })
    const prototype = tf.serialization.SerializationMap.getMap().classNameMap['mish']![0].prototype as {
      apply: unknown
    }
    const { apply } = prototype
    useActivations(tf)
    expect(prototype.apply).not.toBe(apply)
  })
})

function errorOf(call: () => unknown): ActivationsError | undefined {
  try {
    call()
  } catch (error) {
    if (error instanceof ActivationsError) return error
    throw error
  }
  return undefined
}

describe('refuses, with nothing replaced', () => {
  const copyWith = (changes: Partial<Record<keyof TensorFlow, unknown>>): TensorFlow =>
    ({ ...tf, ...changes }) as TensorFlow
  const engineWith =
    (webgpu: unknown): (() => unknown) =>
    () => ({ registry: { webgpu } })

  test.each<[string, unknown, string, RegExp]>([
    ['nothing', undefined, 'invalid-argument', /tf is undefined/],
    ['another object', { relu: tf.relu }, 'invalid-argument', /not TensorFlow\.js/],
    ['version 3', copyWith({ version_core: '3.21.0' }), 'invalid-argument', /version "3\.21\.0".*Use TensorFlow\.js 4/],
    ['version 5', copyWith({ version_core: '5.0.0-rc' }), 'invalid-argument', /version "5/],
    ['no version', copyWith({ version_core: undefined }), 'invalid-argument', /version undefined/],
    ['no backend', copyWith({ getKernel: () => undefined }), 'webgpu-unavailable', /tfjs-backend-webgpu/],
    ['a backend of another make', copyWith({ engine: engineWith({}) }), 'invalid-argument', /runWebGPUProgram/],
  ])('%s', (_, given, code, message) => {
    const before = registered()
    const error = errorOf(() => useActivations(given as TensorFlow))
    expect(error?.code).toBe(code)
    expect(error?.message).toMatch(message)
    expect(error?.fix).not.toBe('')
    expect(isSame(registered(), before)).toBe(true)
  })

  test('unknown options', () => {
    const before = registered()
    expect(errorOf(() => useActivations(tf, { kernels: [] } as never))?.code).toBe('unknown-option')
    expect(errorOf(() => useActivations(tf, { layers: 1 } as never))?.code).toBe('invalid-argument')
    expect(isSame(registered(), before)).toBe(true)
  })

  test.each(['registerGradient', 'registerKernel', 'unregisterKernel'] as const)(
    '%s that throws, at whichever of its calls',
    method => {
      const before = registered()
      const originals: Pick<typeof tf, typeof method> = tf
      const original = originals[method] as (...all: never[]) => unknown
      let calls = 0
      for (let failing = 1; ; failing++) {
        calls = 0
        const throwing = (...given: never[]): unknown => {
          if (++calls === failing) throw new TypeError('Frozen.')
          return original(...given)
        }
        let restore: (() => void) | undefined
        const error = errorOf(() => (restore = useActivations(copyWith({ [method]: throwing }))))
        if (restore !== undefined) {
          failing = Infinity
          restore()
          break
        }
        expect(error?.code).toBe('invalid-argument')
        expect(error?.message).toContain('Frozen.')
        expect(error?.cause).toBeInstanceOf(TypeError)
        expect(isSame(registered(), before)).toBe(true)
      }
      expect(calls).toBeGreaterThan(8)
      expect(isSame(registered(), before)).toBe(true)
    },
  )

  test('in applyActivation, what it cannot compute', () => {
    const [x, gone] = [tf.tensor1d([1]), tf.tensor1d([1])]
    gone.dispose()
    const call = applyActivation as (...given: unknown[]) => unknown
    expect(errorOf(() => call(tf, celu(), x))?.message).toMatch(/no celu.*gelu/)
    expect(errorOf(() => call(tf, elu({ alpha: 2 }), x))?.message).toMatch(/no elu\(\{ alpha: 2 \}\)/)
    expect(errorOf(() => call(tf, 'gelu', x))?.code).toBe('invalid-argument')
    expect(errorOf(() => call(tf, gelu()))?.message).toMatch(/0 tensors/)
    expect(errorOf(() => call(tf, gelu(), x, x))?.message).toMatch(/2 tensors/)
    expect(errorOf(() => call(tf, gelu(), [1]))?.message).toMatch(/x is/)
    expect(errorOf(() => call(tf, gelu(), gone))?.message).toMatch(/disposed/)
    expect(errorOf(() => call(tf, gelu(), tf.tensor(['a'])))?.message).toMatch(/string/)
    expect(errorOf(() => call(tf, swiglu(), x))?.message).toMatch(/gate and up/)
    expect(errorOf(() => call(tf, swiglu(), x, tf.tensor1d([1, 2])))?.code).toBe('length-mismatch')
  })
})

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
