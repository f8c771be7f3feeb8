import backwardWgsl from '../../shaders/kernels/backward.wgsl?raw'
import backwardFromMask from '../../shaders/kernels/backward-from-mask.wgsl?raw'
import backwardFromY from '../../shaders/kernels/backward-from-y.wgsl?raw'
import forwardWgsl from '../../shaders/kernels/forward.wgsl?raw'
import forwardMasked from '../../shaders/kernels/forward-masked.wgsl?raw'
import type { Activation } from '../activations/support/activation.ts'
import { type GatedActivation, isGatedActivation } from '../activations/support/glu-activation.ts'
import { InputError } from '../support/errors.ts'
import type { Format } from '../support/formats.ts'

/** What has a program. */
export type Programmed = Activation | GatedActivation

/** A tensor that a kernel binds, under the name that its WGSL has for it. */
export interface Slot {
  readonly name: string
  /** A bias has the name of the tensor that it is added to. */
  readonly role: 'elements' | 'mask' | 'bias' | 'sums'
  readonly isOutput: boolean
}

/** What a kernel does, and to which tensors: all that its WGSL depends on, but for formats and where tensors lie. */
export interface Operation {
  readonly name: string
  readonly wgsl: string
  readonly slots: readonly Slot[]
  /** The tensors that a bias is added to. */
  readonly biased: readonly string[]
  /** The results whose columns are summed up. */
  readonly tallied: readonly string[]
  /** Whether a gradient is added to what is there. */
  readonly accumulates: boolean
  /** Whether a mask is written. */
  readonly masked: boolean
}

/** What of a call is more than y from x, or dx from x and dy. */
export interface Features {
  /** Backward: what stands for the input. `'x'` when left out. */
  readonly from?: 'x' | 'y' | 'mask' | undefined
  /** Forward: whether a mask is written too. */
  readonly mask?: boolean | undefined
  /** Whether a bias is added to the input: to x, or to gate and up. */
  readonly bias?: boolean | undefined
  /** Backward: whether the gradient of the bias is computed too. */
  readonly dbias?: boolean | undefined
  /** Backward: whether gradients are added to what their buffers hold. */
  readonly accumulate?: boolean | undefined
}

/** The tensors of a pair that may have a bias, and what the binding of it is called. */
export const PAIR_BIASES = { gate: 'gateBias', up: 'upBias' } as const
/** Its gradients that columns are summed up of, and where to. */
export const PAIR_GRADIENTS = { dGate: 'dGateBias', dUp: 'dUpBias' } as const

/** The forward operation of an activation. @throws InputError where it has no mask */
export function forwardOperation(activation: Programmed, biased: readonly string[], masked: boolean): Operation {
  if (masked) {
    checkGate(activation)
    return operationOf('forward-masked', forwardMasked, ['x'], ['y'], { biased, masked })
  }
  return isGatedActivation(activation)
    ? operationOf('pair-forward', activation.kernels.forward, ['gate', 'up'], ['y'], { biased })
    : operationOf('forward', forwardWgsl, ['x'], ['y'], { biased })
}

/** The backward operation of an activation. @throws InputError where it cannot do without x */
export function backwardOperation(
  activation: Programmed,
  from: 'x' | 'y' | 'mask',
  features: Pick<Operation, 'biased' | 'tallied' | 'accumulates'>,
): Operation {
  if (isGatedActivation(activation)) {
    const { backward: wgsl } = activation.kernels
    return operationOf('pair-backward', wgsl, ['gate', 'up', 'dy'], ['dGate', 'dUp'], features)
  }
  if (from === 'mask') {
    checkGate(activation)
    return operationOf('backward-from-mask', backwardFromMask, ['dy'], ['dx'], { ...features, reads: 'mask' })
  }
  if (from === 'y') {
    checkOutputTells(activation)
    return operationOf('backward-from-y', backwardFromY, ['y', 'dy'], ['dx'], features)
  }
  return operationOf('backward', backwardWgsl, ['x', 'dy'], ['dx'], features)
}

/** An operation, of an activation in no bindings yet. @throws InputError */
export function operationWith(
  activation: Programmed,
  direction: 'forward' | 'backward',
  { from = 'x', mask = false, bias = false, dbias = false, accumulate = false }: Features,
): Operation {
  const isPair = isGatedActivation(activation)
  if (isPair && from !== 'x') {
    throw new InputError('invalid-argument', `${activation} needs gate and up backward.`, "Leave out 'from'.")
  }
  // y and a mask know the bias.
  const biased = bias && (direction === 'forward' || from === 'x') ? (isPair ? Object.keys(PAIR_BIASES) : ['x']) : []
  if (direction === 'forward') return forwardOperation(activation, biased, mask)
  const tallied = dbias ? (isPair ? Object.keys(PAIR_GRADIENTS) : ['dx']) : []
  return backwardOperation(activation, from, { biased, tallied, accumulates: accumulate })
}

function operationOf(
  name: string,
  wgsl: string,
  inputs: readonly string[],
  outputs: readonly string[],
  features: {
    readonly biased?: readonly string[]
    readonly tallied?: readonly string[]
    readonly accumulates?: boolean
    readonly masked?: boolean
    readonly reads?: 'mask'
  },
): Operation {
  const { biased = [], tallied = [], accumulates = false, masked = false, reads } = features
  const slot = (role: Slot['role'], isOutput: boolean) => (named: string) => ({ name: named, role, isOutput })
  const slots = [
    ...inputs.map(slot('elements', false)),
    ...outputs.map(slot('elements', true)),
    ...(masked || reads !== undefined ? [slot('mask', masked)('mask')] : []),
    ...biased.map(slot('bias', false)),
    ...(tallied.length > 0 ? [slot('sums', true)('sums')] : []),
  ]
  return { name, wgsl, slots, biased, tallied, accumulates, masked }
}

/** @throws InputError */
function checkGate(activation: Programmed): asserts activation is Activation {
  if (!isGatedActivation(activation) && activation.gate !== undefined) return
  const message = `${activation} has no mask: a bit an element does not tell its gradient.`
  throw new InputError('invalid-argument', message, 'Keep x, and give it.')
}

/** @throws InputError */
function checkOutputTells(activation: Activation): void {
  if (activation.derivativeFromY !== undefined) return
  const message = `The gradient of ${activation} cannot be told from y.`
  throw new InputError('invalid-argument', message, 'Keep x, and give it.')
}

/** @throws InputError */
export function checkFormat(activation: Programmed, format: Format): void {
  if (format !== 'i32' || (!isGatedActivation(activation) && activation.integerShader !== undefined)) return
  throw new InputError('invalid-argument', `${activation} does not take i32.`, 'Give floats; relu() takes i32.')
}
