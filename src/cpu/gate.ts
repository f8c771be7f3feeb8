import type { Activation } from '../activations/activation.ts'
import { InputError } from '../errors.ts'
import { bitsView, isNaNBits } from './reference.ts'

// Gradients without x, as the numeric contract has them: from the gate's mask, or from y.

const QUIET_NAN = 0x7fc00000

/**
 * One bit an element, 1 where the gate is open: element i has bit i % 32 of word floor(i / 32). Bits beyond the end are 0.
 *
 * @throws InputError when no gate decides the activation's gradient
 */
export function maskOnCpu(activation: Activation, x: Float32Array): Uint32Array<ArrayBuffer> {
  const { isOpen } = gateOf(activation)
  const mask = new Uint32Array(Math.ceil(x.length / 32))
  for (let i = 0; i < x.length; i++) if (isOpen(x[i]!)) mask[i >>> 5]! |= 1 << (i & 31)
  return mask
}

/**
 * dx, as long as dy, from a mask that is at least as long.
 *
 * @throws InputError when no gate decides the activation's gradient
 */
export function backwardFromMaskOnCpu(
  activation: Activation,
  mask: Uint32Array,
  dy: Float32Array,
): Float32Array<ArrayBuffer> {
  const { slope } = gateOf(activation)
  const isOpen = (i: number): boolean => ((mask[i >>> 5]! >>> (i & 31)) & 1) === 1
  return gradients(activation, dy, i => (isOpen(i) ? 1 : slope(i)))
}

/**
 * dx from y = forward(x), as long as dy.
 *
 * @throws InputError when y does not tell the activation's gradient
 */
export function backwardFromYOnCpu(
  activation: Activation,
  y: Float32Array,
  dy: Float32Array,
): Float32Array<ArrayBuffer> {
  const { derivativeFromY } = activation
  if (derivativeFromY === undefined) {
    throw new InputError('invalid-argument', `The gradient of ${activation} does not follow from y.`, 'Give x.')
  }
  return gradients(activation, dy, i => derivativeFromY(y[i]!, i))
}

function gateOf(activation: Activation): NonNullable<Activation['gate']> {
  if (activation.gate !== undefined) return activation.gate
  throw new InputError('invalid-argument', `The gradient of ${activation} does not follow from a mask.`, 'Give x.')
}

/** dx = dy * derivative, rounded once; what passes through, passes its bits. */
function gradients(
  { gated }: Activation,
  dy: Float32Array,
  derivativeAt: (element: number) => number,
): Float32Array<ArrayBuffer> {
  const dx = new Float32Array(dy.length)
  const dxBits = bitsView(dx)
  const dyBits = bitsView(dy)
  for (let i = 0; i < dx.length; i++) {
    const derivative = derivativeAt(i)
    // A shut gate leaves +0.
    if (gated && derivative === 0) continue
    const product = dy[i]! * derivative
    if (derivative === 1 || isNaNBits(dyBits[i]!)) dxBits[i] = dyBits[i]!
    else if (Number.isNaN(product)) dxBits[i] = QUIET_NAN
    else dx[i] = product
  }
  return dx
}
