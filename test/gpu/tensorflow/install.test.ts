import { createRequire } from 'node:module'
// oxlint-disable-next-line import/no-unassigned-import
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
// oxlint-disable-next-line import/no-unassigned-import
import '@tensorflow/tfjs-layers'
import { beforeAll, describe, expect, test } from 'vitest'
import { ActivationsError, celu, elu, gelu, selu, swiglu } from '../../../src/index.ts'
import { applyActivation, type TensorFlow, useActivations } from '../../../src/tensorflow.ts'
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
    expect(errorOf(() => call(tf, selu({ gamma: 2 }), x))?.message).toMatch(/no selu\(.*gamma: 2 \}\)/)
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
