import { InputError, messageOf, show, UnavailableError } from '../support/errors.ts'
import { flag, hasMethods, readEach } from '../support/reading.ts'
import { PREFIX, replaceUnaryKernels } from './kernels.ts'
import { replaceLayers } from './layers.ts'
import { addOperations } from './operations.ts'
import { replacePrelu } from './prelu.ts'
import { Replacements } from './registry.ts'
import { type KernelConfig, runsPrograms, type TensorFlow, WEBGPU } from './types.ts'

/** The options of {@link useActivations}. */
export interface UseActivationsOptions {
  /**
   * `true` also replaces the activations that Layers composes of several operations, in the models that are made
   * already and in those to come: gelu, gelu_new, hardSigmoid, mish, relu6, softsign, swish, and the layer ReLU with a
   * maxValue. `true` when left out.
   */
  readonly layers?: boolean | undefined
}

/** The installation in the registries of TensorFlow.js. */
interface Installation {
  readonly restore: () => void
  readonly useLayers: (tf: TensorFlow) => void
}

const MAJOR = '4'
const MARK = `${PREFIX}Installation`
const METHODS =
  'engine getKernel registerKernel unregisterKernel getGradient registerGradient unregisterGradient'.split(' ')
const LOAD = "Give what import * as tf from '@tensorflow/tfjs' gives."

/**
 * Puts this library's kernels and gradients under the WebGPU backend of TensorFlow.js: Relu, Relu6, LeakyRelu, Prelu,
 * Elu, Selu, Sigmoid, Tanh and Softplus compute in one dispatch, and so do their gradients; prelu and its gradients
 * take at most four. {@link applyActivation} then computes gelu, silu, mish, hardSwish and gated pairs so.
 *
 * TensorFlow.js computes what ours do not take: other backends, int32 and bool tensors, gradients of gradients, and
 * what it fuses into a convolution or a matrix product. Call it once, before or after `tf.ready()`. The registries of
 * TensorFlow.js are global, so it serves all copies of TensorFlow.js in the page; another call returns the same
 * function, and replaces what Layers has registered since.
 *
 * @param tf TensorFlow.js 4, with `@tensorflow/tfjs-backend-webgpu` imported
 * @returns a function that puts everything back
 * @throws InputError when tf is not TensorFlow.js 4, its WebGPU backend runs no programs of an application, or it
 * refuses a kernel; UnavailableError when the backend was not imported. Nothing is replaced then
 */
export function useActivations(tf: TensorFlow, options?: UseActivationsOptions): () => void {
  const { layers } = readEach('useActivations', options, { layers: flag(true) })
  check(tf)
  const installation = installed(tf) ?? install(tf)
  if (layers) installation.useLayers(tf)
  return installation.restore
}

type Marked = KernelConfig & { readonly installation?: Installation }

/** Returns what is installed already, by this copy of the module or another. */
function installed(tf: TensorFlow): Installation | undefined {
  return (tf.getKernel(MARK, WEBGPU) as Marked | undefined)?.installation
}

function install(tf: TensorFlow): Installation {
  const replacements = new Replacements()
  let active = true
  const isActive = (): boolean => active
  const restore = (): void => {
    // Kernels that another has wrapped since call ours, which then call the originals.
    active = false
    replacements.undo()
  }
  const transact = (step: () => void): void => {
    try {
      step()
    } catch (cause) {
      restore()
      const message = `TensorFlow.js did not take the kernels: that threw ${messageOf(cause)}.`
      throw new InputError('invalid-argument', message, 'Nothing is replaced; see the cause.', { cause })
    }
  }
  const installation: Installation = {
    restore,
    useLayers: other => transact(() => replaceLayers(other, replacements, isActive)),
  }
  transact(() => {
    const mark: Marked = {
      kernelName: MARK,
      backendName: WEBGPU,
      kernelFunc: () => [],
      installation,
    }
    replacements.kernel(tf, mark)
    replaceUnaryKernels(tf, replacements, isActive)
    replacePrelu(tf, replacements, isActive)
    addOperations(tf, replacements)
  })
  return installation
}

function check(tf: TensorFlow): void {
  if (!hasMethods('tf', tf, METHODS)) {
    throw new InputError('invalid-argument', `tf is ${show(tf)}, not TensorFlow.js.`, LOAD)
  }
  const version: unknown = tf.version_core
  if (typeof version !== 'string' || version.split('.')[0] !== MAJOR) {
    const message = `tf is of version ${show(version)}.`
    throw new InputError('invalid-argument', message, `Use TensorFlow.js ${MAJOR}.`)
  }
  if ((tf.getKernel('Relu', WEBGPU) as unknown) === undefined) {
    const message = 'TensorFlow.js has no WebGPU backend here.'
    throw new UnavailableError(message, 'Import @tensorflow/tfjs-backend-webgpu before the call.')
  }
  // A backend that is not made yet is looked at in each call.
  const backend: unknown = tf.engine().registry[WEBGPU]
  if (backend !== undefined && !runsPrograms(backend)) {
    const message = 'The WebGPU backend of TensorFlow.js has no runWebGPUProgram.'
    throw new InputError('invalid-argument', message, 'Use @tensorflow/tfjs-backend-webgpu 4.')
  }
}
