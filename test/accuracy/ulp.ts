// Errors in units in the last place relative to an unrounded true value: correct rounding errs by 0.5 at most.

const double = new Float64Array(1)
const halves = new Uint32Array(double.buffer)
// Of the two halves of a double, where this machine keeps the one with the exponent.
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0
const SMALLEST_NORMAL = 2 ** -126
const LEAST_EXPONENT = 1023 - 126
const LARGEST_EXPONENT = 1023 + 127

/** The unit in the last place, in float32, of a number's binade; 2^-149 below the smallest normal number. */
const UNITS = Float64Array.from({ length: 2048 }, (_, biased) => {
  return 2 ** (Math.min(Math.max(biased, LEAST_EXPONENT), LARGEST_EXPONENT) - 1023 - 23)
})

/**
 * The distance of a float32 from the true value, in units in the last place of the true value. Infinity where only one of them is
 * NaN, or where the true value is infinite and the float32 differs. An infinite float32 counts as 2^128, as in rounding.
 */
export function ulpError(truth: number, actual: number): number {
  if (Object.is(truth, actual) || truth === actual) return 0
  if (Number.isNaN(truth) || Number.isNaN(actual)) return Infinity
  if (!Number.isFinite(truth)) return Infinity
  double[0] = truth
  const unit = UNITS[(halves[HIGH]! >>> 20) & 0x7ff]!
  const value = Number.isFinite(actual) ? actual : Math.sign(actual) * 2 ** 128
  return Math.abs(value - truth) / unit
}

/** True for a nonzero value that is too small for a normal float32. */
export function isSubnormal(truth: number): boolean {
  return truth !== 0 && Math.abs(truth) < SMALLEST_NORMAL
}
