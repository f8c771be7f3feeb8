import backwardWgsl from '../../shaders/kernels/backward.wgsl?raw'
import backwardFromMask from '../../shaders/kernels/backward-from-mask.wgsl?raw'
import backwardFromY from '../../shaders/kernels/backward-from-y.wgsl?raw'
import forwardWgsl from '../../shaders/kernels/forward.wgsl?raw'
import forwardMasked from '../../shaders/kernels/forward-masked.wgsl?raw'
import type { Direction, Integers } from '../activations/support/activation.ts'
import { type AnyActivation, isGlu } from '../activations/support/glu-activation.ts'
import { InputError } from '../support/errors.ts'
import type { Format } from '../support/formats.ts'
import type { Packing } from './packing.ts'

const KERNELS = {
  forward: forwardWgsl,
  'forward-masked': forwardMasked,
  backward: backwardWgsl,
  'backward-from-y': backwardFromY,
  'backward-from-mask': backwardFromMask,
} as const

/** The names of the tensors of a call. */
interface CallTensors {
  /** The inputs of forward, each with the name of its bias. */
  readonly inputs: Readonly<Record<string, string>>
  /** The gradients of these inputs, each with the name of the bias's gradient. */
  readonly gradients: Readonly<Record<string, string>>
}

const TENSORS: CallTensors = { inputs: { x: 'bias' }, gradients: { dx: 'dbias' } }
const GLU_TENSORS: CallTensors = {
  inputs: { gate: 'gateBias', up: 'upBias' },
  gradients: { dGate: 'dGateBias', dUp: 'dUpBias' },
}

export function tensorsOf(activation: AnyActivation): CallTensors {
  return isGlu(activation) ? GLU_TENSORS : TENSORS
}

/** A tensor binding of a kernel, under its name in the WGSL. */
export interface Slot {
  readonly name: string
  /**
   * A bias has the name of the tensor that it is added to. Words have a meaning of their own. Pairs are two elements, of
   * gate and of up, for each one of the other tensors.
   */
  readonly role: 'elements' | 'pairs' | 'mask' | 'bias' | 'sums' | 'words'
  readonly isOutput: boolean
}

/** Tells whether a tensor has elements of the call's format, and as many as the call, or twice as many. */
export function holdsElements({ role }: Pick<Slot, 'role'>): boolean {
  return role === 'elements' || role === 'pairs'
}

export function isPairsOutput({ role, isOutput }: Slot): boolean {
  return role === 'pairs' && isOutput
}

/** A kernel and its tensors. The WGSL of a program depends on these, on the format and on the places of tensors. */
export interface KernelDescription {
  readonly name: string
  readonly wgsl: string
  readonly slots: readonly Slot[]
  /** The tensors that a bias is added to. */
  readonly biased: readonly string[]
  /** The results with column sums. */
  readonly reduced: readonly string[]
  /** True if a gradient is added to the values in its buffer. */
  readonly accumulates: boolean
  readonly masked: boolean
  /** The order of elements in tensors of pairs; undefined where there are none. */
  readonly packing?: Packing | undefined
}

/** One direction of an activation, and its kernel. */
export interface Operation extends KernelDescription {
  readonly direction: Direction
  /** Backward: the tensor that determines the derivative. */
  readonly from: 'x' | 'y' | 'mask'
}

/**
 * The optional parts of an operation: the mask, biases, their gradients, accumulation, slopes in a binding, the tensor in
 * place of x, and the order of gate and up in one tensor.
 */
export type Variant = Partial<
  Pick<Operation, 'from' | 'masked' | 'biased' | 'reduced' | 'accumulates' | 'packing'> & {
    readonly bindsSlopes: boolean
  }
>

/**
 * Returns the operation of an activation.
 *
 * @throws InputError for a mask where the activation has no gate, for `from: 'y'` where y does not determine the
 * gradient, and for a GLU from anything but gate and up
 */
export function operationOf(activation: AnyActivation, direction: Direction, variant: Variant = {}): Operation {
  const { masked = false, biased = [], reduced = [], accumulates = false, bindsSlopes = false, packing } = variant
  if (packing !== undefined && !isGlu(activation)) {
    const message = `${activation} takes no pairs.`
    throw new InputError('invalid-argument', message, 'Leave out columns, layout and order, or give a GLU.')
  }
  if (isGlu(activation) && (variant.from ?? 'x') !== 'x') {
    throw new InputError('invalid-argument', `${activation} needs gate and up backward.`, "Leave out 'from'.")
  }
  const isForward = direction === 'forward'
  const from = isForward ? 'x' : (variant.from ?? 'x')
  if ((masked || from === 'mask') && activation.gate === undefined) {
    const message = `${activation} has no mask: a bit an element does not tell its gradient.`
    throw new InputError('invalid-argument', message, 'Keep x, and give it.')
  }
  if (from === 'y' && activation.derivativeFromY === undefined) {
    const message = `The gradient of ${activation} cannot be told from y.`
    throw new InputError('invalid-argument', message, 'Keep x, and give it.')
  }
  const kernel = masked ? 'forward-masked' : from === 'x' ? direction : (`backward-from-${from}` as const)
  const [name, wgsl] = isGlu(activation)
    ? [`glu-${direction}`, activation.kernels[direction]]
    : [kernel, KERNELS[kernel]]
  const { inputs, gradients } = tensorsOf(activation)
  const sources = packing !== undefined ? ['x'] : from === 'x' ? Object.keys(inputs) : from === 'y' ? ['y'] : []
  const role = packing === undefined ? 'elements' : 'pairs'
  const slot = (of: Slot['role'], isOutput: boolean) => (named: string) => ({ name: named, role: of, isOutput })
  const slots = [
    ...sources.map(slot(role, false)),
    ...(isForward ? [] : ['dy']).map(slot('elements', false)),
    ...(isForward ? ['y'] : []).map(slot('elements', true)),
    ...(isForward ? [] : packing === undefined ? Object.keys(gradients) : ['dx']).map(slot(role, true)),
    ...(masked || from === 'mask' ? [slot('mask', masked)('mask')] : []),
    ...biased.map(slot('bias', false)),
    ...(bindsSlopes ? [slot('words', false)('alpha')] : []),
    ...(reduced.length > 0 ? [slot('sums', true)('sums')] : []),
  ]
  return { name, direction, from, wgsl, slots, biased, reduced, accumulates, masked, packing }
}

export function takesFormat(activation: AnyActivation, format: Format): boolean {
  return format !== 'i32' || activation.integers !== undefined
}

/** Returns the program of an activation for a format, and its uniforms: float32, or int32 for integers. */
export function programOf(activation: AnyActivation, format: Format): AnyActivation | Integers {
  return format === 'i32' ? activation.integers! : activation
}

/** The end of an error's fix. */
export const TAKES_INTEGERS =
  'relu, relu6, clamp, hardTanh and threshold take int32, if one is between the bounds, or is the value'

/** Checks that an activation has kernels for a format. @throws InputError */
export function checkFormat(activation: AnyActivation, format: Format): void {
  if (takesFormat(activation, format)) return
  throw new InputError('invalid-argument', `${activation} does not take i32.`, `Give floats; ${TAKES_INTEGERS}.`)
}
