import type { Activation, Bounds, Direction } from '../activations/support/activation.ts'
import { type GluActivation, isGlu } from '../activations/support/glu-activation.ts'
import type { ResultName, Task } from '../operations/task.ts'
import { type GluResult, gradientBits, inputBits } from '../reference/reference.ts'
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
  /** True if the numeric contract allows the result. */
  readonly allowed: boolean
}

const AT_CROSSING = 2 ** -22

type FloatFormat = 'f32' | HalfFormat

/** Returns the rule that judges a word of a result that differs from the reference of {@link referenceOf}. */
export function deviationsOf(
  task: Task,
  result: ResultName,
): (index: number, expected: number, actual: number) => Deviation {
  const { activation, operation, inputs, format } = task
  if (result === 'mask' || format === 'i32') {
    return (_, expected, actual) => ({ ulp: Math.abs(actual - expected), allowed: false })
  }
  const { toFloat32 } = WORDS[format]
  const read = (name: string): ((index: number) => number) => inputBits(task, name)
  if (isGlu(activation)) {
    const [gate, up, dy] = ['gate', 'up', inputs['dy'] === undefined ? 'up' : 'dy'].map(read)
    return (i, expected, actual) =>
      gluDeviation(activation, result as GluResult, gate!(i), up!(i), dy!(i), expected, toFloat32(actual), format)
  }
  const { from, direction } = operation
  if (from === 'mask') return (_, expected, actual) => exactDeviation(expected, toFloat32(actual), format)
  const [source, dy] = [from, inputs['dy'] === undefined ? from : 'dy'].map(read)
  if (from === 'y') {
    return (i, expected, actual) => deviationFromY(activation, source!(i), dy!(i), expected, toFloat32(actual), format)
  }
  return (i, expected, actual) =>
    deviationOf(activation, direction, source!(i), dy!(i), expected, toFloat32(actual), format)
}

/**
 * Judges a result that differs from the reference, by the bounds of its activation. Inputs and results are the bits of float32.
 *
 * A result in float16 or bfloat16 is allowed if it is within 1 unit in the last place of the rounded reference, or if an allowed
 * result in float32 rounds to it.
 *
 * @param expected the reference in float32, before it is rounded to the format
 */
export function deviationOf(
  activation: Activation,
  direction: Direction,
  x: number,
  dy: number,
  expected: number,
  actual: number,
  format: FloatFormat = 'f32',
): Deviation {
  const { bounds } = activation
  if (bounds === undefined) return exactDeviation(expected, actual, format)
  const result = new Rounded(format, expected, actual)
  const at = floatOf(x)
  if (direction === 'forward') return valueDeviation(activation, bounds.forward, at, 1, result)
  return gradientDeviation(activation, bounds, at, activation.reference.derivative(at), floatOf(dy), result)
}

/** Judges a result that must equal the reference bit for bit. */
function exactDeviation(expected: number, actual: number, format: FloatFormat): Deviation {
  return { ulp: new Rounded(format, expected, actual).ulp, allowed: false }
}

/** Judges a dx that backward computed from y. */
function deviationFromY(
  activation: Activation,
  y: number,
  dy: number,
  expected: number,
  actual: number,
  format: FloatFormat,
): Deviation {
  const { bounds, zeroWhereShut } = activation
  if (bounds === undefined) return exactDeviation(expected, actual, format)
  const result = new Rounded(format, expected, actual)
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
  const flushed = new Rounded(format, gradientBits(zeroWhereShut, atZero, dy), actual)
  return gradientDeviation(activation, bounds, 0, atZero, gradient, flushed)
}

/** Judges one result of a GLU. */
export function gluDeviation(
  { activation, bounds }: GluActivation,
  result: GluResult,
  gate: number,
  up: number,
  dy: number,
  expected: number,
  actual: number,
  format: FloatFormat = 'f32',
): Deviation {
  const at = floatOf(gate)
  const rounded = new Rounded(format, expected, actual)
  if (result === 'dGate') {
    const derivative = activation.reference.derivative(at)
    const isShut = activation.zeroWhereShut && derivative === 0
    if (!isShut && isNaNBits(actual) && isDisputed(floatOf(dy), floatOf(up))) return OPEN
    return gradientDeviation(activation, bounds, at, derivative, floatOf(dy) * floatOf(up), rounded)
  }
  if (result === 'dUp') return valueDeviation(activation, bounds.backward, at, floatOf(dy), rounded)
  return valueDeviation(activation, bounds.forward, at, floatOf(up), rounded)
}

const OPEN: Deviation = Object.freeze({ ulp: 0, allowed: true })

/** A result and its reference, compared in the format of the result. */
class Rounded {
  readonly expected: number
  readonly actual: number
  /** The distance in units in the last place of the format. */
  readonly ulp: number
  readonly #format: FloatFormat

  constructor(format: FloatFormat, expected: number, actual: number) {
    this.expected = expected
    this.actual = actual
    this.#format = format
    this.ulp = format === 'f32' ? ulpDistance(expected, actual) : halfDistance(format, expected, actual)
  }

  /** Returns true if the distance is within a bound for float32, and within 1 in a format of 16 bits. */
  isWithin(bound: number): boolean {
    return this.ulp <= (this.#format === 'f32' ? bound : Math.min(bound, 1))
  }

  /** The smallest error in float32, before rounding to the format, that explains the result. */
  get error(): number {
    const expected = floatOf(this.expected)
    const actual = floatOf(this.actual)
    if (this.#format === 'f32') return Math.abs(actual - expected)
    const towards = Math.sign(expected - actual)
    const neighbour = valueAt(this.#format, orderedHalf(this.#format, this.actual) + towards)
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
  if (Number.isNaN(x) || Number.isNaN(factor)) return { ulp, allowed: false }
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
  const { ulp, expected, actual, error } = result
  // An operand that may be flushed, times Infinity, is NaN or Infinity.
  const isRight = Number.isFinite(factor)
    ? isZero(actual) || error <= bound * SMALLEST_SUBNORMAL * Math.abs(factor)
    : isNaNBits(actual) || isNaNBits(expected)
  return Math.abs(subnormal) < SMALLEST_NORMAL && isRight ? OPEN : { ulp, allowed: false }
}

/** Judges a result gradient * f'(x). */
function gradientDeviation(
  { zeroWhereShut }: Activation,
  { backward, crossing }: Bounds,
  x: number,
  derivative: number,
  gradient: number,
  result: Rounded,
): Deviation {
  const { ulp, expected, actual } = result
  // A shut gate must give +0.
  if (zeroWhereShut && derivative === 0) return { ulp, allowed: false }
  if (ulp === 0) return OPEN
  // A NaN among the inputs must give NaN.
  if (Number.isNaN(derivative) || Number.isNaN(gradient)) return { ulp, allowed: false }
  if (isFlushed(result, backward)) return OPEN
  // WGSL lets a driver read a subnormal operand as zero.
  if (isZero(actual) && Math.abs(gradient) < SMALLEST_NORMAL) return OPEN
  if (result.isWithin(backward)) return { ulp, allowed: true }
  const flushed = lostDigits(derivative, gradient, backward, result)
  if (flushed.allowed || crossing === undefined || Math.abs(x - crossing) > 1) return flushed

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

/** The distance between two float32 in units in the last place, from their bits. Infinity between NaN and a number. */
function ulpDistance(a: number, b: number): number {
  if (isNaNBits(a) || isNaNBits(b)) return isNaNBits(a) && isNaNBits(b) ? 0 : Infinity
  return Math.abs(ordered(a) - ordered(b))
}

/** The distance between two float32, each rounded to a format of 16 bits, in units in the last place of the format. */
function halfDistance(format: HalfFormat, a: number, b: number): number {
  if (isNaNBits(a) || isNaNBits(b)) return ulpDistance(a, b)
  return Math.abs(orderedHalf(format, a) - orderedHalf(format, b))
}

function orderedHalf(format: HalfFormat, bits: number): number {
  return ordered(WORDS[format].fromFloat32(bits) << 16) / 2 ** 16
}

/** Inverts orderedHalf. */
function valueAt(format: HalfFormat, place: number): number {
  return Math.sign(place) * floatOf(WORDS[format].toFloat32(Math.abs(place)))
}

// Maps the bits of a float32 to an integer in the order of values: neighbours differ by 1, and both zeros are 0.
function ordered(bits: number): number {
  const magnitude = bits & 0x7fffffff
  return (bits | 0) < 0 ? -magnitude : magnitude
}
