import { floatOf, ulpDistance } from '../support/float32.ts'

/** The difference between a result and the reference. */
export interface Deviation {
  /** In units in the last place. 0 where the numeric contract leaves the result open. */
  readonly ulp: number
  readonly allowed: boolean
}

/** The error that the numeric contract of a smooth function allows. */
export interface Tolerance {
  readonly ulp: number
  /** The absolute error that is allowed too, as a multiple of the factor that multiplies f or its derivative. */
  readonly relativeToFactor: number
}

const SMALLEST_NORMAL = 2 ** -126
const LARGEST = 2 ** 128

/** y = f(x), or f(gate) * up. A driver may flush f to zero where it is subnormal. */
export const VALUE: Tolerance = { ulp: 4, relativeToFactor: SMALLEST_NORMAL }
/** dUp = f(gate) * dy. */
export const VALUE_TIMES_GRADIENT: Tolerance = { ...VALUE, ulp: 8 }
/** dx = f'(x) * dy, or f'(gate) * up * dy. A derivative that crosses zero loses its relative precision there. */
export const GRADIENT: Tolerance = { ulp: 8, relativeToFactor: 2 ** -22 }

/**
 * Compares one result of a smooth function with the reference.
 *
 * @param expected the bits of the reference
 * @param actual the bits of the result
 */
export function deviationOf(
  expected: number,
  actual: number,
  factor: number,
  { ulp: most, relativeToFactor }: Tolerance,
): Deviation {
  const ulp = ulpDistance(expected, actual)
  if (ulp <= most) return { ulp, allowed: true }
  const [truth, value] = [floatOf(expected), floatOf(actual)]
  // WGSL lets a driver flush a subnormal to zero. The reference may be a little above the subnormals.
  if (value === 0 && Math.abs(truth) < 2 * SMALLEST_NORMAL) return { ulp: 0, allowed: true }
  const allowance = relativeToFactor * Math.abs(factor)
  // Infinity times a subnormal is NaN where a driver flushes it, else Infinity.
  if (allowance === Infinity) return { ulp, allowed: Number.isNaN(truth) || Number.isNaN(value) }
  const units = (most * Math.abs(value - truth)) / allowance
  return units <= most || allowance > LARGEST ? { ulp: Math.min(ulp, units), allowed: true } : { ulp, allowed: false }
}

/** Compares one result of a function whose contract is exact. */
export function exactDeviation(expected: number, actual: number): Deviation {
  return { ulp: ulpDistance(expected, actual), allowed: false }
}
