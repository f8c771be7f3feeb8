import { clamp } from '../activations/clamp.ts'
import { geglu } from '../activations/geglu.ts'
import { gelu } from '../activations/gelu.ts'
import { glu } from '../activations/glu.ts'
import { hardSigmoid } from '../activations/hardSigmoid.ts'
import { hardSwish } from '../activations/hardSwish.ts'
import { hardTanh } from '../activations/hardTanh.ts'
import { mish } from '../activations/mish.ts'
import { reglu } from '../activations/reglu.ts'
import { silu } from '../activations/silu.ts'
import { softsign } from '../activations/softsign.ts'
import type { Activation, Parameters } from '../activations/support/activation.ts'
import { checkActivation } from '../activations/support/check.ts'
import { type AnyActivation, type GluActivation, isGlu } from '../activations/support/glu-activation.ts'
import { swiglu } from '../activations/swiglu.ts'
import { InputError, show } from '../support/errors.ts'
import { addKernel, PREFIX, takesGradient } from './kernels.ts'
import { compute } from './program.ts'
import type { Replacements } from './registry.ts'
import { areFloats, type Backend, runsPrograms, type Tensor, type TensorFlow, WEBGPU } from './types.ts'

type Compose = (tf: TensorFlow, x: Tensor, parameters: Parameters) => Tensor

/** An operation that TensorFlow.js has no kernel of. */
interface Operation {
  readonly make: (parameters: never) => AnyActivation
  /** The operation as others of TensorFlow.js: for other backends, and for gradients of gradients. Of a GLU its gate. */
  readonly composed: Compose
}

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI)

const sigmoidTimes: Compose = (tf, x) => tf.mul(x, tf.sigmoid(x))

const clip: Compose = (tf, x, { minValue, maxValue }) => tf.clipByValue(x, Number(minValue), Number(maxValue))

const composedGelu: Compose = (tf, x, { approximate }) => {
  if (approximate === 'sigmoid') return tf.mul(x, tf.sigmoid(tf.mul(1.702, x)))
  const argument =
    approximate === 'tanh'
      ? tf.tanh(tf.mul(SQRT_2_OVER_PI, tf.mul(x, tf.add(1, tf.mul(0.044715, tf.mul(x, x))))))
      : tf.erf(tf.mul(x, Math.SQRT1_2))
  return tf.mul(tf.mul(0.5, x), tf.add(1, argument))
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  gelu: { make: gelu, composed: composedGelu },
  silu: { make: silu, composed: sigmoidTimes },
  mish: { make: mish, composed: (tf, x) => tf.mul(x, tf.tanh(tf.softplus(x))) },
  hardSwish: { make: hardSwish, composed: (tf, x) => tf.mul(x, tf.div(tf.relu6(tf.add(x, 3)), 6)) },
  softsign: { make: softsign, composed: (tf, x) => tf.div(x, tf.add(1, tf.abs(x))) },
  clamp: { make: clamp, composed: clip },
  hardTanh: { make: hardTanh, composed: clip },
  hardSigmoid: {
    make: hardSigmoid,
    composed: (tf, x, { alpha = 1 / 6, beta = 0.5 }) => tf.clipByValue(tf.add(beta, tf.mul(alpha, x)), 0, 1),
  },
  glu: { make: glu, composed: (tf, gate) => tf.sigmoid(gate) },
  reglu: { make: reglu, composed: (tf, gate) => tf.relu(gate) },
  geglu: { make: geglu, composed: composedGelu },
  swiglu: { make: swiglu, composed: sigmoidTimes },
}

/** The operations that TensorFlow.js has by itself. */
const THEIRS: Readonly<Record<string, (tf: TensorFlow, x: Tensor, parameters: Parameters) => Tensor>> = {
  relu: (tf, x) => tf.relu(x),
  relu6: (tf, x) => tf.relu6(x),
  leakyRelu: (tf, x, { alpha }) => tf.leakyRelu(x, Number(alpha)),
  selu: (tf, x) => tf.selu(x),
  sigmoid: (tf, x) => tf.sigmoid(x),
  tanh: (tf, x) => tf.tanh(x),
  elu: (tf, x) => tf.elu(x),
  softplus: (tf, x) => tf.softplus(x),
}

/** The parameters that a kernel of TensorFlow.js fixes. */
const FIXED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  elu: { alpha: 1 },
  selu: { alpha: 1.6732631921768188, gamma: 1.0507010221481323 },
  softplus: { beta: 1 },
}

/**
 * Computes an activation of a tensor by TensorFlow.js, with its gradient. On the WebGPU backend, after
 * `useActivations(tf)`, y is one dispatch and each gradient one more; elsewhere it is composed of operations of
 * TensorFlow.js, and so is a gradient within a gradient.
 *
 * The activations are relu, relu6, leakyRelu, elu with alpha 1, selu with its defaults, sigmoid, tanh, softplus with beta 1, gelu,
 * silu, mish, hardSwish, hardSigmoid, clamp, hardTanh and softsign.
 *
 * @param tf TensorFlow.js: what `import * as tf from '@tensorflow/tfjs'` gives
 * @param x a tensor of any shape; int32 and bool become float32
 * @returns a float32 tensor of x's shape
 * @throws InputError when the activation was not made by this library or is none of these, and when x is no tensor or
 * is disposed
 */
export function applyActivation<T extends Tensor>(tf: TensorFlow, activation: Activation, x: T): T
/**
 * Computes a gated linear unit of two tensors, `f(gate) * up`, with the gradients of both.
 *
 * @param up a tensor of gate's shape
 * @throws InputError as above, and when the shapes differ
 */
export function applyActivation<T extends Tensor>(tf: TensorFlow, glu: GluActivation, gate: T, up: T): T
export function applyActivation(
  tf: TensorFlow,
  activation: Activation | GluActivation,
  ...tensors: readonly Tensor[]
): Tensor {
  checkActivation(activation)
  const names = isGlu(activation) ? ['gate', 'up'] : ['x']
  if (tensors.length !== names.length) {
    const message = `${activation} was given ${tensors.length} tensors.`
    throw new InputError('invalid-argument', message, `Give ${names.join(' and ')}.`)
  }
  for (const [i, tensor] of tensors.entries()) checkTensor(names[i]!, tensor)
  const [first, up] = tensors as [Tensor, Tensor?]
  if (up !== undefined && String(up.shape) !== String(first.shape)) {
    const message = `gate has the shape [${String(first.shape)}], and up [${String(up.shape)}].`
    throw new InputError('length-mismatch', message, 'Give tensors of one shape.')
  }
  const { name, parameters } = activation
  const theirs = THEIRS[name]
  const isFixed = Object.entries(FIXED[name] ?? {}).every(([parameter, value]) => parameters[parameter] === value)
  if (theirs !== undefined && isFixed) {
    return tf.tidy(() => theirs(tf, asFloats(tf, first), parameters))
  }
  const operation = OPERATIONS[name]
  if (operation === undefined) {
    const known = [...Object.keys(THEIRS), ...Object.keys(OPERATIONS)]
    throw new InputError('invalid-argument', `TensorFlow.js has no ${activation}.`, `Use one of ${known.join(', ')}.`)
  }
  return tf.tidy(() => {
    const floats = tensors.map(tensor => asFloats(tf, tensor))
    return isInstalled(tf, name) && takes(tf, floats)
      ? tf.engine().runKernel(kernelOf(name), named(names, floats), { ...parameters })
      : compose(tf, name, floats, parameters)
  })
}

/** Returns true if the kernels of `useActivations` compute these tensors. */
export function takes(tf: TensorFlow, tensors: readonly Tensor[]): boolean {
  const engine = tf.engine()
  return engine.backendName === WEBGPU && runsPrograms(engine.backend) && areFloats(engine.backend, tensors)
}

/** Registers kernels and gradients of the operations that TensorFlow.js lacks. */
export function addOperations(tf: TensorFlow, replacements: Replacements): void {
  for (const [name, { make }] of Object.entries(OPERATIONS)) {
    const made = remembered(make as (parameters: object) => AnyActivation)
    if (isGlu(made({}))) addGlu(tf, replacements, name, made)
    else addUnary(tf, replacements, name, made)
  }
}

type Make = (parameters: object | undefined) => AnyActivation

function addUnary(tf: TensorFlow, replacements: Replacements, name: string, make: Make): void {
  addKernel(tf, replacements, kernelOf(name), ({ inputs: { x }, attrs, backend }) =>
    compute(backend as Backend, { activation: make(attrs), inputs: { x: x! }, expression: 'forward(load_x(i))' }),
  )
  const ofX = `${kernelOf(name)}Grad`
  addKernel(tf, replacements, ofX, ({ inputs: { x, dy }, attrs, backend }) =>
    compute(backend as Backend, {
      activation: make(attrs),
      inputs: { x: x!, dy: dy! },
      expression: 'backward(load_x(i), load_dy(i))',
    }),
  )
  addGradient(tf, replacements, name, ['x'], { x: { kernel: ofX, inputs: ['x', 'dy'] } })
}

function addGlu(tf: TensorFlow, replacements: Replacements, name: string, make: Make): void {
  addKernel(tf, replacements, kernelOf(name), ({ inputs: { gate, up }, attrs, backend }) =>
    compute(backend as Backend, {
      activation: make(attrs),
      inputs: { gate: gate!, up: up! },
      expression: 'glu_forward(load_gate(i), load_up(i))',
    }),
  )
  const ofGate = `${kernelOf(name)}GateGrad`
  addKernel(tf, replacements, ofGate, ({ inputs: { gate, up, dy }, attrs, backend }) =>
    compute(backend as Backend, {
      activation: make(attrs),
      inputs: { gate: gate!, up: up!, dy: dy! },
      expression: 'gate_gradient(load_gate(i), load_up(i), load_dy(i))',
    }),
  )
  // dUp = f(gate) * dy: the kernel forward, of dy in place of up.
  const ofUp = `${kernelOf(name)}UpGrad`
  addKernel(tf, replacements, ofUp, ({ inputs: { gate, dy }, attrs, backend }) =>
    compute(backend as Backend, {
      activation: make(attrs),
      inputs: { gate: gate!, up: dy! },
      expression: 'glu_forward(load_gate(i), load_up(i))',
    }),
  )
  addGradient(tf, replacements, name, ['gate', 'up'], {
    gate: { kernel: ofGate, inputs: ['gate', 'up', 'dy'] },
    up: { kernel: ofUp, inputs: ['gate', 'dy'] },
  })
}

type Gradients = Readonly<Record<string, { readonly kernel: string; readonly inputs: readonly string[] }>>

function addGradient(
  tf: TensorFlow,
  replacements: Replacements,
  name: string,
  inputs: string[],
  gradients: Gradients,
): void {
  replacements.gradient(tf, {
    kernelName: kernelOf(name),
    inputsToSave: inputs,
    gradFunc(dy, saved, attrs) {
      const upstream = dy as Tensor
      const tensors: Record<string, Tensor> = { ...named(inputs, saved), dy: upstream }
      const isOurs = takesGradient(tf, Object.values(tensors))
      // One for each input, each when it is asked for.
      const composed = (input: string) => (): Tensor => {
        const f = (...given: Tensor[]): Tensor => compose(tf, name, given, attrs as Parameters)
        return tf.grads(f)(saved, upstream)[inputs.indexOf(input)]!
      }
      const ours = (input: string) => (): Tensor => {
        const { kernel, inputs: needed } = gradients[input]!
        const given = Object.fromEntries(needed.map(each => [each, tensors[each]!]))
        return tf.engine().runKernel(kernel, given, attrs) as Tensor
      }
      return Object.fromEntries(inputs.map(input => [input, isOurs ? ours(input) : composed(input)]))
    },
  })
}

function compose(tf: TensorFlow, name: string, [first, up]: readonly Tensor[], parameters: Parameters): Tensor {
  const y = OPERATIONS[name]!.composed(tf, first!, parameters)
  return up === undefined ? y : tf.mul(y, up)
}

/** Remembers the activation of the latest parameters: most networks have one. */
function remembered(make: (parameters: object) => AnyActivation): Make {
  let latest: AnyActivation | undefined
  return (parameters = {}) => {
    const known = Object.entries(latest?.parameters ?? {})
    const given = new Map(Object.entries(parameters))
    const isLatest = known.length === given.size && known.every(([key, value]) => Object.is(given.get(key), value))
    if (latest === undefined || !isLatest) latest = make(parameters)
    return latest
  }
}

function kernelOf(name: string): string {
  return `${PREFIX}${name[0]!.toUpperCase()}${name.slice(1)}`
}

function isInstalled(tf: TensorFlow, name: string): boolean {
  return (tf.getKernel(kernelOf(name), WEBGPU) as unknown) !== undefined
}

function named(names: readonly string[], tensors: readonly Tensor[]): Record<string, Tensor> {
  return Object.fromEntries(names.map((name, i) => [name, tensors[i]!]))
}

function asFloats(tf: TensorFlow, tensor: Tensor): Tensor {
  return tensor.dtype === 'float32' ? tensor : tf.cast(tensor, 'float32')
}

function checkTensor(name: string, tensor: Tensor): void {
  const given = tensor as Partial<Tensor> | null | undefined
  if (typeof given !== 'object' || given === null || !Array.isArray(given.shape) || given.dataId === undefined) {
    throw new InputError('invalid-argument', `${name} is ${show(tensor)}.`, 'Give a tensor of TensorFlow.js.')
  }
  if (given.isDisposed === true) {
    throw new InputError('invalid-argument', `${name} is disposed.`, 'Dispose of it after the call.')
  }
  if (!['float32', 'int32', 'bool'].includes(String(given.dtype))) {
    throw new InputError('invalid-argument', `${name} is of ${show(given.dtype)}.`, 'Give float32.')
  }
}
