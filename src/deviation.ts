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
const LARGEST = 3.4028234663852886e38
const AT_CROSSING = 2 ** -22

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
  if (bounds === undefined) return { ulp: ulpDistance(expected, actual), allowed: false }
  if (direction === 'forward') return valueDeviation(activation, bounds.forward, floatOf(x), 1, expected, actual)
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
  const at = floatOf(gate)
  if (result === 'dGate') {
    const isShut = activation.gated && activation.reference.derivative(at) === 0
    if (!isShut && isNaNBits(actual) && isDisputed(floatOf(dy), floatOf(up))) return OPEN
    return gradientDeviation(activation, bounds, at, floatOf(dy) * floatOf(up), expected, actual)
  }
  if (result === 'dUp') return valueDeviation(activation, bounds.backward, at, floatOf(dy), expected, actual)
  return valueDeviation(activation, bounds.forward, at, floatOf(up), expected, actual)
}

const OPEN: Deviation = Object.freeze({ ulp: 0, allowed: true })

/** f(x) times a factor. */
function valueDeviation(
  { reference }: Activation,
  bound: number,
  x: number,
  factor: number,
  expected: number,
  actual: number,
): Deviation {
  const distance = ulpDistance(expected, actual)
  if (distance === 0 || isFlushed(expected, actual, bound)) return OPEN
  // WGSL lets a driver read a subnormal operand as zero.
  if (isZero(actual) && Math.abs(x) < LEAST_NORMAL && reference.forward(0) === 0) return OPEN
  if (distance <= bound) return { ulp: distance, allowed: true }
  const value = reference.forward(x)
  if (isNaNBits(actual) && isDisputed(value, factor)) return OPEN
  return lostDigits(value, factor, bound, expected, actual)
}

/** A product with a factor that is subnormal: float32 may flush it, or have lost some of its digits. */
function lostDigits(subnormal: number, factor: number, bound: number, expected: number, actual: number): Deviation {
  const error = Math.abs(floatOf(actual) - floatOf(expected))
  // Zero or not, times Infinity: either answer is a right one.
  const isRight = Number.isFinite(factor)
    ? isZero(actual) || error <= bound * LEAST_SUBNORMAL * Math.abs(factor)
    : isNaNBits(actual) || isNaNBits(expected)
  return Math.abs(subnormal) < LEAST_NORMAL && isRight ? OPEN : { ulp: ulpDistance(expected, actual), allowed: false }
}

/** A gradient that met the derivative at x. */
function gradientDeviation(
  { reference, gated }: Activation,
  { backward, crossing }: Bounds,
  x: number,
  gradient: number,
  expected: number,
  actual: number,
): Deviation {
  const distance = ulpDistance(expected, actual)
  const derivative = reference.derivative(x)
  // A shut gate gives +0 and nothing else.
  if (gated && derivative === 0) return { ulp: distance, allowed: false }
  if (distance === 0 || isFlushed(expected, actual, backward)) return OPEN
  // WGSL lets a driver read a subnormal operand as zero.
  if (isZero(actual) && Math.abs(gradient) < LEAST_NORMAL) return OPEN
  if (distance <= backward) return { ulp: distance, allowed: true }
  const flushed = lostDigits(derivative, gradient, backward, expected, actual)
  if (flushed.allowed || crossing === undefined || Math.abs(x - crossing) > 1) return flushed

  const allowance = AT_CROSSING * Math.abs(gradient)
  // Of uncertain sign, times something huge: anything, even NaN.
  if (Math.abs(derivative) <= AT_CROSSING && allowance > LARGEST) return OPEN
  if (isZero(actual) && Math.abs(floatOf(expected)) < LEAST_NORMAL + allowance) return OPEN
  const units = (Math.abs(floatOf(actual) - floatOf(expected)) * backward) / allowance
  return units < distance ? { ulp: units, allowed: units <= backward } : flushed
}

/** Whether zero may stand for a number that the bounds let be subnormal. */
function isFlushed(expected: number, actual: number, bound: number): boolean {
  return isZero(actual) && (expected & 0x7fffffff) <= SMALLEST_NORMAL + bound
}

function isZero(bits: number): boolean {
  return (bits & 0x7fffffff) === 0
}

/** Infinity times a subnormal, which a driver may read as zero. */
function isDisputed(a: number, b: number): boolean {
  const [least, most] = Math.abs(a) < Math.abs(b) ? [a, b] : [b, a]
  return Math.abs(most) === Infinity && Math.abs(least) < LEAST_NORMAL
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
