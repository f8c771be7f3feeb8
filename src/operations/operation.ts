import backwardWgsl from '../../shaders/kernels/backward.wgsl?raw'
import backwardFromMask from '../../shaders/kernels/backward-from-mask.wgsl?raw'
import backwardFromY from '../../shaders/kernels/backward-from-y.wgsl?raw'
import forwardWgsl from '../../shaders/kernels/forward.wgsl?raw'
import forwardMasked from '../../shaders/kernels/forward-masked.wgsl?raw'
import type { Activation, Direction } from '../activations/support/activation.ts'
import { type GluActivation, isGlu } from '../activations/support/glu-activation.ts'
import { InputError } from '../support/errors.ts'
import type { Format } from '../support/formats.ts'

/** A function of one tensor, or a gated linear unit, a function of two. */
export type AnyActivation = Activation | GluActivation

/** A tensor binding of a kernel, under its name in the WGSL. */
export interface Slot {
  readonly name: string
  /** A bias has the name of the tensor that it is added to. Words have a meaning of their own. */
  readonly role: 'elements' | 'mask' | 'bias' | 'sums' | 'words'
  readonly isOutput: boolean
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
  /** True if the kernel writes a mask. */
  readonly masked: boolean
}

/** One direction of an activation, and its kernel. */
export interface Operation extends KernelDescription {
  readonly direction: Direction
  /** Backward: the tensor that determines the derivative. */
  readonly from: 'x' | 'y' | 'mask'
}

/** The optional parts of an operation: the mask, biases, their gradients, accumulation, and the tensor in place of x. */
export type Variant = Partial<Pick<Operation, 'from' | 'masked' | 'biased' | 'reduced' | 'accumulates'>>

/** The inputs of a GLU that may have a bias, and the names of their bindings. */
export const GLU_BIASES = { gate: 'gateBias', up: 'upBias' } as const
/** The gradients of a GLU whose columns may be summed up, and the names of those bindings. */
export const GLU_GRADIENTS = { dGate: 'dGateBias', dUp: 'dUpBias' } as const

/**
 * Returns the operation of an activation.
 *
 * @throws InputError for a mask where the activation has no gate, for `from: 'y'` where y does not determine the
 * gradient, and for a GLU from anything but gate and up
 */
export function operationOf(activation: AnyActivation, direction: Direction, variant: Variant = {}): Operation {
  const { masked = false } = variant
  const from = direction === 'backward' ? (variant.from ?? 'x') : 'x'
  const make = (name: string, wgsl: string, inputs: readonly string[], outputs: readonly string[]): Operation =>
    makeOperation({ name, direction, from, wgsl, inputs, outputs, variant })
  if (isGlu(activation)) {
    if ((variant.from ?? 'x') !== 'x') {
      throw new InputError('invalid-argument', `${activation} needs gate and up backward.`, "Leave out 'from'.")
    }
    if (masked) throw withoutMask(activation)
    const { forward, backward } = activation.kernels
    return direction === 'forward'
      ? make('glu-forward', forward, ['gate', 'up'], ['y'])
      : make('glu-backward', backward, ['gate', 'up', 'dy'], ['dGate', 'dUp'])
  }
  if ((masked || from === 'mask') && activation.gate === undefined) throw withoutMask(activation)
  if (direction === 'forward') {
    return masked ? make('forward-masked', forwardMasked, ['x'], ['y']) : make('forward', forwardWgsl, ['x'], ['y'])
  }
  if (from === 'mask') return make('backward-from-mask', backwardFromMask, ['dy'], ['dx'])
  if (from === 'x') return make('backward', backwardWgsl, ['x', 'dy'], ['dx'])
  if (activation.derivativeFromY !== undefined) return make('backward-from-y', backwardFromY, ['y', 'dy'], ['dx'])
  const message = `The gradient of ${activation} cannot be told from y.`
  throw new InputError('invalid-argument', message, 'Keep x, and give it.')
}

function makeOperation({
  name,
  direction,
  from,
  wgsl,
  inputs,
  outputs,
  variant: { masked = false, biased = [], reduced = [], accumulates = false },
}: Pick<Operation, 'name' | 'direction' | 'from' | 'wgsl'> & {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly variant: Variant
}): Operation {
  const slot = (role: Slot['role'], isOutput: boolean) => (named: string) => ({ name: named, role, isOutput })
  const slots = [
    ...inputs.map(slot('elements', false)),
    ...outputs.map(slot('elements', true)),
    ...(masked || from === 'mask' ? [slot('mask', masked)('mask')] : []),
    ...biased.map(slot('bias', false)),
    ...(reduced.length > 0 ? [slot('sums', true)('sums')] : []),
  ]
  return { name, direction, from, wgsl, slots, biased, reduced, accumulates, masked }
}

function withoutMask(activation: AnyActivation): InputError {
  const message = `${activation} has no mask: a bit an element does not tell its gradient.`
  return new InputError('invalid-argument', message, 'Keep x, and give it.')
}

/** Returns true if an activation has kernels for a format. */
export function takesFormat(activation: AnyActivation, format: Format): boolean {
  return format !== 'i32' || (!isGlu(activation) && activation.integerWgslSources !== undefined)
}

/** Checks that an activation has kernels for a format. @throws InputError */
export function checkFormat(activation: AnyActivation, format: Format): void {
  if (takesFormat(activation, format)) return
  throw new InputError('invalid-argument', `${activation} does not take i32.`, 'Give floats; relu() takes i32.')
}
