import type { Activation, Bounds, Direction } from './activations/activation.ts'
import type { GatedActivation } from './activations/gated.ts'
import { floatOf, isNaNBits, type PairResult } from './cpu/reference.ts'

/** How a result differs from the reference. */
export interface Deviation {
  /**
   * The error that counts, in units in the last place. Infinity between NaN and a number; 0 for what the contract leaves
   * open: the sign of a zero, a flushed subnormal, the payload of a NaN. Where a derivative crosses zero it is the error
   * in units of 2^-25 |dy|, if that is less: 8 of them are the 2^-22 that are allowed there.
   */
  readonly ulp: number
  /** Whether the numeric contract allows it. */
  readonly allowed: boolean
}

const SMALLEST_NORMAL = 0x00800000
const LEAST_NORMAL = 2 ** -126
const LEAST_SUBNORMAL = 2 ** -149
const UNITS_AT_CROSSING = 2 ** 25

/**
 * Judges a result that has other bits than the reference, by the bounds of its activation. Everything is given as the
 * bits of float32.
 */
export function deviationOf(
  activation: Activation,
  direction: Direction,
  x: number,
  dy: number,
  expected: number,
  actual: number,
): Deviation {
  const { bounds } = activation
  const distance = ulpDistance(expected, actual)
  if (bounds === undefined) return { ulp: distance, allowed: false }
  if (direction === 'forward') {
    const isOpen = distance === 0 || isFlushed(expected, actual, floatOf(x))
    return isOpen ? { ulp: 0, allowed: true } : { ulp: distance, allowed: distance <= bounds.forward }
  }
  return gradientDeviation(activation, bounds, floatOf(x), floatOf(dy), expected, actual)
}

/** The same for one result of a gated pair. */
export function pairDeviation(
  { activation, bounds }: GatedActivation,
  result: PairResult,
  gate: number,
  up: number,
  dy: number,
  expected: number,
  actual: number,
): Deviation {
  if (result === 'dGate') {
    return gradientDeviation(activation, bounds, floatOf(gate), floatOf(dy) * floatOf(up), expected, actual)
  }
  const distance = ulpDistance(expected, actual)
  if (distance === 0 || isFlushed(expected, actual, floatOf(gate))) return { ulp: 0, allowed: true }
  const bound = result === 'dUp' ? bounds.backward : bounds.forward
  if (distance <= bound) return { ulp: distance, allowed: true }
  const value = activation.reference.forward(floatOf(gate))
  return lostDigits(value, floatOf(result === 'dUp' ? dy : up), bound, expected, actual)
}

/** A product with a factor that is subnormal: float32 may flush it, or have lost some of its digits. */
function lostDigits(subnormal: number, factor: number, bound: number, expected: number, actual: number): Deviation {
  const error = Math.abs(floatOf(actual) - floatOf(expected))
  // Zero or not, times Infinity: either answer is a right one.
  const isRight = Number.isFinite(factor)
    ? floatOf(actual) === 0 || error <= bound * LEAST_SUBNORMAL * Math.abs(factor)
    : isNaNBits(actual) || isNaNBits(expected)
  const allowed = Math.abs(subnormal) < LEAST_NORMAL && isRight
  return { ulp: allowed ? 0 : ulpDistance(expected, actual), allowed }
}

/** A gradient that met the derivative at x. */
function gradientDeviation(
  { reference, gated }: Activation,
  bounds: Bounds,
  x: number,
  gradient: number,
  expected: number,
  actual: number,
): Deviation {
  const distance = ulpDistance(expected, actual)
  const derivative = reference.derivative(x)
  // A shut gate gives +0 and nothing else.
  if (gated && derivative === 0) return { ulp: distance, allowed: false }
  if (distance === 0 || isFlushed(expected, actual, gradient)) return { ulp: 0, allowed: true }
  if (distance <= bounds.backward) return { ulp: distance, allowed: true }
  const flushed = lostDigits(derivative, gradient, bounds.backward, expected, actual)
  if (flushed.allowed) return flushed
  const units = (Math.abs(floatOf(actual) - floatOf(expected)) * UNITS_AT_CROSSING) / Math.abs(gradient)
  const ulp = bounds.derivative > 0 && units < distance ? units : distance
  return { ulp, allowed: ulp <= bounds.derivative * UNITS_AT_CROSSING }
}

// A subnormal result may be flushed to zero, and WGSL lets a driver read a subnormal operand as zero.
function isFlushed(expected: number, actual: number, operand: number): boolean {
  if ((actual & 0x7fffffff) !== 0) return false
  // What rounds to the smallest normal number may have been below it.
  return (expected & 0x7fffffff) <= SMALLEST_NORMAL || Math.abs(operand) < LEAST_NORMAL
}

/** How many float32 lie between two, given as bits: 1 between neighbours, Infinity between NaN and a number. */
export function ulpDistance(a: number, b: number): number {
  if (isNaNBits(a) || isNaNBits(b)) return isNaNBits(a) && isNaNBits(b) ? 0 : Infinity
  return Math.abs(ordered(a) - ordered(b))
}

// float32 in the order of their values, counted from zero: neighbours differ by 1, -0 and +0 by nothing.
function ordered(bits: number): number {
  const magnitude = bits & 0x7fffffff
  return (bits | 0) < 0 ? -magnitude : magnitude
}
