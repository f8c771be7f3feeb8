import type { Activation, Bounds, Direction } from '../activations/support/activation.ts'
import { type GluActivation, isGlu } from '../activations/support/glu-activation.ts'
import type { ResultName, Task } from '../operations/task.ts'
import { clampedInputs, type GluResult, gradientBits, inputBits } from '../reference/reference.ts'
import {
  floatOf,
  isNaNBits,
  LARGEST_FLOAT32,
  SMALLEST_NORMAL,
  SMALLEST_NORMAL_BITS,
  SMALLEST_SUBNORMAL,
} from '../support/bits.ts'
import { type HalfFormat, WORDS } from '../support/formats.ts'

/** The difference between a result and the reference. */
export interface Deviation {
  /**
   * The error in units in the last place of the format. Infinity between NaN and a number; 0 for differences that the
   * contract leaves open: the sign of a zero, a flushed subnormal, the payload of a NaN. Where a derivative crosses
   * zero it is the error in units of 2^-25 |dy|, if that is less: 8 units are the allowed 2^-22.
   */
  readonly ulp: number
  readonly allowed: boolean
}

const AT_CROSSING = 2 ** -22

type FloatFormat = 'f32' | HalfFormat

/** Returns the rule that judges a word of a result that differs from the reference of {@link referenceOf}. */
export function deviationsOf(
  task: Task,
  result: ResultName,
): (index: number, expected: number, actual: number) => Deviation {
  const { format } = task
  if (result === 'mask' || format === 'i32') {
    return (_, expected, actual) => ({ ulp: Math.abs(actual - expected), allowed: false })
  }
  const judge = judgeOf(task, result)
  const { toFloat32 } = WORDS[format]
  return (i, expected, actual) => judge(i, new Rounded(expected, toFloat32(actual), format))
}

function judgeOf(
  { activation, operation, inputs, format }: Task,
  name: ResultName,
): (i: number, result: Rounded) => Deviation {
  const { from, direction } = operation
  const read = (input: string): ((index: number) => number) => inputBits({ inputs, format }, input)
  if (isGlu(activation)) {
    const [gate, up, dy] = ['gate', 'up', inputs['dy'] === undefined ? 'up' : 'dy'].map(read)
    return (i, result) => gluDeviation(activation, name as GluResult, gate!(i), up!(i), dy!(i), result)
  }
  const [source, dy] = [from, inputs['dy'] === undefined ? from : 'dy'].map(read)
  if (from === 'mask') return (i, result) => deviationFromMask(activation, source!(i) === 1, i, dy!(i), result)
  if (from === 'y') return (i, result) => deviationFromY(activation, source!(i), dy!(i), result)
  return (i, result) => deviationOf(activation, direction, source!(i), dy!(i), result)
}

/**
 * Judges a result that differs from the reference, by the bounds of its activation. Inputs are the bits of float32.
 *
 * A result in float16 or bfloat16 is allowed if it is within 1 unit in the last place of the rounded reference, or if an allowed
 * result in float32 rounds to it.
 */
export function deviationOf(
  activation: Activation,
  direction: Direction,
  x: number,
  dy: number,
  result: Rounded,
): Deviation {
  const { bounds, reference } = activation
  if (bounds === undefined) return unequal(result)
  const at = floatOf(x)
  if (direction === 'forward') return valueDeviation(activation, bounds.forward, at, 1, result)
  return gradientDeviation(activation, bounds, at, reference.derivative(at), floatOf(dy), result)
}

/** Judges a result that must equal the reference bit for bit, and does not. */
function unequal({ ulp }: Rounded): Deviation {
  return { ulp, allowed: false }
}

/** Judges a dx that backward computed from a mask: dy or +0 exactly, or a product with the slope. */
function deviationFromMask(
  activation: Activation,
  isOpen: boolean,
  element: number,
  dy: number,
  result: Rounded,
): Deviation {
  const { bounds, gate } = activation
  const derivative = isOpen ? 1 : gate!.slope(element)
  if (bounds === undefined || derivative === 1 || derivative === 0) return unequal(result)
  // Far from every crossing, because the derivative is one of two.
  return gradientDeviation(activation, bounds, Infinity, derivative, floatOf(dy), result)
}

/** Judges a dx that backward computed from y. */
function deviationFromY(activation: Activation, y: number, dy: number, result: Rounded): Deviation {
  const { bounds, zeroWhereShut } = activation
  if (bounds === undefined) return unequal(result)
  const derivativeFromY = activation.derivativeFromY!
  const at = floatOf(y)
  const derivative = derivativeFromY(at)
  // These functions are monotonic, so this y cannot come from forward(): accept any result.
  if (derivative < 0) return OPEN
  const gradient = floatOf(dy)
  const deviation = gradientDeviation(activation, bounds, at, derivative, gradient, result)
  if (deviation.allowed || !(Math.abs(at) < SMALLEST_NORMAL)) return deviation
  // WGSL lets a driver read a subnormal operand as zero.
  const atZero = derivativeFromY(0)
  const flushed = new Rounded(gradientBits(zeroWhereShut, atZero, dy), result.actual, result.format)
  return gradientDeviation(activation, bounds, 0, atZero, gradient, flushed)
}

export function gluDeviation(
  glu: GluActivation,
  name: GluResult,
  gate: number,
  up: number,
  dy: number,
  result: Rounded,
): Deviation {
  const { activation, bounds } = glu
  const { at, factor, isOpen } = clampedInputs(glu, name, floatOf(gate), floatOf(up))
  if (!isOpen) return unequal(result)
  if (name === 'dUp') return valueDeviation(activation, bounds.backward, at, floatOf(dy), result)
  if (name === 'y') return valueDeviation(activation, bounds.forward, at, factor, result)
  const derivative = activation.reference.derivative(at)
  const isShut = activation.zeroWhereShut && derivative === 0
  if (!isShut && isNaNBits(result.actual) && isDisputed(floatOf(dy), factor)) return OPEN
  return gradientDeviation(activation, bounds, at, derivative, floatOf(dy) * factor, result)
}

const OPEN: Deviation = Object.freeze({ ulp: 0, allowed: true })

/** A result and its reference, as bits of float32, compared in the format of the result. */
export class Rounded {
  /** The reference in float32, before it is rounded to the format. */
  readonly expected: number
  readonly actual: number
  readonly format: FloatFormat
  /** The distance in units in the last place of the format; Infinity between NaN and a number. */
  readonly ulp: number

  constructor(expected: number, actual: number, format: FloatFormat = 'f32') {
    this.expected = expected
    this.actual = actual
    this.format = format
    const [isNaN, isOtherNaN] = [isNaNBits(expected), isNaNBits(actual)]
    if (isNaN || isOtherNaN) this.ulp = isNaN && isOtherNaN ? 0 : Infinity
    else this.ulp = Math.abs(placeOf(format, expected) - placeOf(format, actual))
  }

  /** Returns true if the distance is within a bound for float32, and within 1 in a format of 16 bits. */
  isWithin(bound: number): boolean {
    return this.ulp <= (this.format === 'f32' ? bound : Math.min(bound, 1))
  }

  /** The smallest error in float32, before rounding to the format, that explains the result. */
  get error(): number {
    const expected = floatOf(this.expected)
    const actual = floatOf(this.actual)
    if (this.format === 'f32') return Math.abs(actual - expected)
    const towards = Math.sign(expected - actual)
    const place = placeOf(this.format, this.actual) + towards
    const neighbour = Math.sign(place) * floatOf(WORDS[this.format].toFloat32(Math.abs(place)))
    const nearest = Number.isFinite(actual) ? (actual + neighbour) / 2 : neighbour
    return Math.max(0, (expected - nearest) * towards)
  }
}

/** Judges a result f(x) * factor. */
function valueDeviation(
  { reference }: Activation,
  bound: number,
  x: number,
  factor: number,
  result: Rounded,
): Deviation {
  const { ulp, actual } = result
  if (ulp === 0) return OPEN
  // A NaN among the inputs must give NaN.
  if (Number.isNaN(x) || Number.isNaN(factor)) return unequal(result)
  if (isFlushed(result, bound)) return OPEN
  // WGSL lets a driver read a subnormal operand as zero.
  if (isZero(actual) && Math.abs(x) < SMALLEST_NORMAL && reference.forward(0) === 0) return OPEN
  if (result.isWithin(bound)) return { ulp, allowed: true }
  const value = reference.forward(x)
  if (isNaNBits(actual) && isDisputed(value, factor)) return OPEN
  return lostDigits(value, factor, bound, result)
}

/** Judges a product with a subnormal operand, which a driver may flush or hold with fewer digits. */
function lostDigits(subnormal: number, factor: number, bound: number, result: Rounded): Deviation {
  const { expected, actual, error } = result
  // An operand that may be flushed, times Infinity, is NaN or Infinity.
  const isRight = Number.isFinite(factor)
    ? isZero(actual) || error <= bound * SMALLEST_SUBNORMAL * Math.abs(factor)
    : isNaNBits(actual) || isNaNBits(expected)
  return Math.abs(subnormal) < SMALLEST_NORMAL && isRight ? OPEN : unequal(result)
}

/** Judges a result gradient * f'(x). */
function gradientDeviation(
  { zeroWhereShut }: Activation,
  { backward, crossing, reach = 1 }: Bounds,
  x: number,
  derivative: number,
  gradient: number,
  result: Rounded,
): Deviation {
  const { ulp, expected, actual } = result
  // A shut gate must give +0.
  if (zeroWhereShut && derivative === 0) return unequal(result)
  if (ulp === 0) return OPEN
  // A NaN among the inputs must give NaN.
  if (Number.isNaN(derivative) || Number.isNaN(gradient)) return unequal(result)
  if (isFlushed(result, backward)) return OPEN
  // WGSL lets a driver read a subnormal operand as zero.
  if (isZero(actual) && Math.abs(gradient) < SMALLEST_NORMAL) return OPEN
  if (result.isWithin(backward)) return { ulp, allowed: true }
  const flushed = lostDigits(derivative, gradient, backward, result)
  if (flushed.allowed || crossing === undefined || Math.abs(x - crossing) > reach) return flushed

  const allowance = AT_CROSSING * Math.abs(gradient)
  // The derivative has an uncertain sign and the gradient is huge: every product is allowed, even NaN.
  if (Math.abs(derivative) <= AT_CROSSING && allowance > LARGEST_FLOAT32) return OPEN
  if (isZero(actual) && Math.abs(floatOf(expected)) < SMALLEST_NORMAL + allowance) return OPEN
  const units = (result.error * backward) / allowance
  return { ulp: units < ulp ? units : ulp, allowed: units <= backward }
}

/** Returns true if the result is zero, and the bounds allow a subnormal, which a driver may flush. */
function isFlushed({ expected, actual }: Rounded, bound: number): boolean {
  return isZero(actual) && (expected & 0x7fffffff) <= SMALLEST_NORMAL_BITS + bound
}

function isZero(bits: number): boolean {
  return (bits & 0x7fffffff) === 0
}

/** Returns true for Infinity times a subnormal, which a driver may flush: then the product is NaN. */
function isDisputed(a: number, b: number): boolean {
  const [least, most] = Math.abs(a) < Math.abs(b) ? [a, b] : [b, a]
  return Math.abs(most) === Infinity && Math.abs(least) < SMALLEST_NORMAL
}

// Rounds the bits of a float32 to a format, and maps them to an integer in the order of values: neighbours differ by 1,
// and both zeros are 0.
function placeOf(format: FloatFormat, bits: number): number {
  const { fromFloat32, magnitude } = WORDS[format]
  const place = fromFloat32(bits) & magnitude
  return (bits | 0) < 0 ? -place : place
}
