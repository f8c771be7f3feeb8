// The functions that several references are made of, in float64. Each takes any number but NaN, infinities too.

/** The logistic function, 1 / (1 + exp(-x)). */
export function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

/** Its derivative. Written in exp(-|x|), it keeps its digits on both sides. */
export function logisticDerivative(x: number): number {
  const decay = Math.exp(-Math.abs(x))
  return decay / ((1 + decay) * (1 + decay))
}

/** log(1 + exp(x)), which neither overflows nor loses the small term. */
export function softplusOf(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
}

/**
 * The derivative of x * logistic(z(x)).
 *
 * @param slope dz/dx
 */
export function swishDerivative(x: number, z: number, slope: number): number {
  return logistic(z) + x * slope * logisticDerivative(z)
}

/** x, but no further than where every smooth activation is at its limit: an infinity would make NaN of it. */
export function clampFinite(x: number): number {
  return Math.max(-1e4, Math.min(x, 1e4))
}
