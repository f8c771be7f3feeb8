import { elu } from '../activations/elu.ts'
import { leakyRelu } from '../activations/leakyRelu.ts'
import { relu } from '../activations/relu.ts'
import { relu6 } from '../activations/relu6.ts'
import { selu } from '../activations/selu.ts'
import { sigmoid } from '../activations/sigmoid.ts'
import { softplus } from '../activations/softplus.ts'
import type { Activation } from '../activations/support/activation.ts'
import { tanh } from '../activations/tanh.ts'
import { compute } from './program.ts'
import type { Replacements } from './registry.ts'
import {
  areFloats,
  type GradConfig,
  type KernelConfig,
  type NamedAttrMap,
  runsPrograms,
  type Tensor,
  type TensorFlow,
  WEBGPU,
} from './types.ts'

type KernelFunc = KernelConfig['kernelFunc']
type KernelCall = Parameters<KernelFunc>[0]

/** Computes a kernel's result, or returns undefined for what it does not take. */
export type Attempt = (call: KernelCall) => ReturnType<KernelFunc> | undefined

/** The prefix of kernels that TensorFlow.js has none of. */
export const PREFIX = 'WebgpuActivations'

/** A kernel of one tensor, and the activation that computes it; undefined for attributes that it does not take. */
interface Unary {
  readonly kernelName: string
  readonly activationOf: (attrs: NamedAttrMap | undefined) => Activation | undefined
  /** The tensor that TensorFlow.js saves for the gradient; ours computes it from that too. Elu has a kernel for it. */
  readonly saved?: 'x' | 'y'
  /** The tensor that ours saves, where it is another: one for which the original gradient gives the same. */
  readonly savesY?: boolean
}

/** Returns the same activation each time. */
function always(make: () => Activation): Unary['activationOf'] {
  const activation = make()
  return () => activation
}

// Not at module scope, so that bundlers can drop this module.
const unaryKernels = (): readonly Unary[] => [
  // step(y) is step(x). Without x the output of a convolution is free as soon as relu has read it.
  { kernelName: 'Relu', activationOf: always(relu), saved: 'x', savesY: true },
  { kernelName: 'Relu6', activationOf: always(relu6), saved: 'x' },
  { kernelName: 'LeakyRelu', activationOf: leakyReluOf(), saved: 'x' },
  { kernelName: 'Elu', activationOf: always(elu) },
  { kernelName: 'Selu', activationOf: always(selu), saved: 'x' },
  { kernelName: 'Sigmoid', activationOf: always(sigmoid), saved: 'y' },
  { kernelName: 'Tanh', activationOf: always(tanh), saved: 'y' },
  { kernelName: 'Softplus', activationOf: always(softplus), saved: 'x' },
]

/** Makes an activation for each alpha in turn: most networks have one. */
function leakyReluOf(): Unary['activationOf'] {
  let latest: Activation | undefined
  return attrs => {
    const alpha = Math.fround(Number(attrs?.['alpha']))
    if (!Number.isFinite(alpha)) return undefined
    if (latest === undefined || !Object.is(latest.parameters['alpha'], alpha)) latest = leakyRelu({ alpha })
    return latest
  }
}

/** Replaces the kernels and gradients of one tensor that TensorFlow.js has on its WebGPU backend. */
export function replaceUnaryKernels(tf: TensorFlow, replacements: Replacements, isActive: () => boolean): void {
  for (const unary of unaryKernels()) {
    replaceKernel(tf, replacements, unary.kernelName, isActive, ({ inputs: { x }, attrs, backend }) => {
      const activation = unary.activationOf(attrs)
      if (activation === undefined || !runsPrograms(backend) || !areFloats(backend, [x])) return undefined
      return compute(backend, { activation, inputs: { x: x! }, expression: 'forward(load_x(i))' })
    })
    if (unary.saved !== undefined) replaceUnaryGradient(tf, replacements, unary, isActive)
  }
  const activation = elu()
  // The gradient of Elu runs this kernel.
  replaceKernel(tf, replacements, 'EluGrad', isActive, ({ inputs: { dy, y }, backend }) => {
    if (!runsPrograms(backend) || !areFloats(backend, [dy, y])) return undefined
    if (String(dy!.shape) !== String(y!.shape)) return undefined
    return compute(backend, {
      activation,
      inputs: { y: y!, dy: dy! },
      expression: 'backward_from_y(load_y(i), load_dy(i))',
    })
  })
}

/** Replaces a kernel by one that leaves to the original what it does not take. A build may lack the kernel. */
export function replaceKernel(
  tf: TensorFlow,
  replacements: Replacements,
  kernelName: string,
  isActive: () => boolean,
  attempt: Attempt,
): void {
  const original: KernelConfig | undefined = tf.getKernel(kernelName, WEBGPU)
  if (original === undefined) return
  const kernelFunc: KernelFunc = call => (isActive() ? attempt(call) : undefined) ?? original.kernelFunc(call)
  replacements.kernel(tf, { ...original, kernelFunc })
}

/** Registers a kernel of our own on the WebGPU backend. Its callers have checked what it is given. */
export function addKernel(tf: TensorFlow, replacements: Replacements, kernelName: string, attempt: Attempt): void {
  const kernelFunc: KernelFunc = call => attempt(call)!
  replacements.kernel(tf, { kernelName, backendName: WEBGPU, kernelFunc })
}

/**
 * Returns true if ours computes the gradient: of floats, on the WebGPU backend, and not within another gradient, which
 * needs the gradients of what computes this one.
 */
export function takesGradient(tf: TensorFlow, tensors: readonly Tensor[]): boolean {
  const engine = tf.engine()
  if (engine.backendName !== WEBGPU || engine.state.gradientDepth > 0) return false
  return runsPrograms(engine.backend) && areFloats(engine.backend, tensors)
}

function replaceUnaryGradient(
  tf: TensorFlow,
  replacements: Replacements,
  { kernelName, activationOf, saved, savesY = false }: Unary,
  isActive: () => boolean,
): void {
  const original: GradConfig | undefined = tf.getGradient(kernelName)
  if (original === undefined) return
  const from = savesY ? 'y' : saved!
  const name = `${PREFIX}${kernelName}Grad`
  addKernel(tf, replacements, name, ({ inputs, attrs, backend }) => {
    const { [from]: tensor, dy } = inputs
    const activation = activationOf(attrs)!
    const expression = from === 'y' ? 'backward_from_y(load_y(i), load_dy(i))' : 'backward(load_x(i), load_dy(i))'
    return compute(backend as never, { activation, inputs: { [from]: tensor!, dy: dy! }, expression })
  })
  const gradient: GradConfig = {
    ...original,
    gradFunc(dy, tensors, attrs) {
      const [tensor] = tensors
      const given = [tensor!, dy as Tensor]
      if (!isActive() || activationOf(attrs) === undefined || !takesGradient(tf, given)) {
        return original.gradFunc(dy, tensors, attrs)
      }
      return { x: () => tf.engine().runKernel(name, { [from]: tensor!, dy: dy as Tensor }, attrs) }
    },
  }
  if (savesY) {
    // TensorFlow.js reads both when it saves. Other backends save what they always did.
    const isOurs = (): boolean => isActive() && tf.engine().backendName === WEBGPU
    Object.defineProperties(gradient, {
      inputsToSave: { get: () => (isOurs() ? [] : original.inputsToSave), enumerable: true },
      outputsToSave: { get: () => (isOurs() ? [true] : original.outputsToSave), enumerable: true },
    })
  }
  replacements.gradient(tf, gradient)
}
