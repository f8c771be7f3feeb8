import type { Activation, Direction } from '../activations/support/activation.ts'
import type { GluActivation } from '../activations/support/glu-activation.ts'
import type { GluResult } from '../operations/task.ts'
import { type Format, WORDS } from '../support/formats.ts'

const QUIET_NAN = 0x7fc00000
const word = new Int32Array(1)
const float = new Float32Array(word.buffer)

/**
 * The bits of one result as the numeric contract has them: worked out in float64, rounded to float32 once.
 *
 * What passes through, passes its bits: a NaN its payload, an open gate the whole of dy.
 *
 * @param x the bits of the input
 * @param dy the bits of the upstream gradient; left out of account forward
 * @param element the index of x in its tensor
 */
export function referenceBits(
  activation: Activation,
  direction: Direction,
  x: number,
  dy: number,
  element = 0,
): number {
  return direction === 'forward' ? forwardBits(activation, x, element) : backwardBits(activation, x, dy, element)
}

function forwardBits({ reference }: Activation, x: number, element: number): number {
  return isNaNBits(x) ? x : bitsOf(reference.forward(floatOf(x), element))
}

function backwardBits({ reference, zeroWhereShut }: Activation, x: number, dy: number, element: number): number {
  return gradientBits(zeroWhereShut, reference.derivative(floatOf(x), element), dy)
}

/**
 * The bits of dx = dy * derivative, rounded once. A shut gate gives +0.
 *
 * @param dy the bits of the upstream gradient; of an integer, where the derivative is the 0 of a gate or 1
 */
export function gradientBits(zeroWhereShut: boolean, derivative: number, dy: number): number {
  if (zeroWhereShut && derivative === 0) return 0
  if (derivative === 1 || isNaNBits(dy)) return dy
  return bitsOf(floatOf(dy) * derivative)
}

/**
 * The bits of one result of a gated pair, y = f(gate) * up: rounded to float32 once, as above.
 *
 * @param dy the bits of the upstream gradient; left out of account forward
 */
export function gluBits(
  { activation }: GluActivation,
  result: GluResult,
  gate: number,
  up: number,
  dy: number,
): number {
  const { reference, zeroWhereShut } = activation
  if (result === 'dGate') {
    const derivative = reference.derivative(floatOf(gate))
    return zeroWhereShut && derivative === 0 ? 0 : bitsOf(floatOf(dy) * floatOf(up) * derivative)
  }
  const value = isNaNBits(gate) ? NaN : reference.forward(floatOf(gate))
  return bitsOf(value * floatOf(result === 'dUp' ? dy : up))
}

/** Whether the bits are those of a float32 NaN. */
export function isNaNBits(bits: number): boolean {
  return (bits & 0x7fffffff) > 0x7f800000
}

/** The number that a word of a format stands for. */
export function valueOf(format: Format, bits: number): number {
  return format === 'i32' ? bits : floatOf(WORDS[format].toFloat32(bits))
}

/** The float32 that has these bits. */
export function floatOf(bits: number): number {
  word[0] = bits
  return float[0]!
}

/** The bits of a number rounded to float32. A NaN, which here was made and not passed on, is the quiet one. */
function bitsOf(value: number): number {
  if (Number.isNaN(value)) return QUIET_NAN
  float[0] = value
  return word[0]!
}

/** The bits of a float32 array: a view, not a copy. */
export function bitsView(array: Float32Array): Int32Array {
  return new Int32Array(array.buffer, array.byteOffset, array.length)
}
