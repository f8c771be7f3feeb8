// Functions in float64 that several references share. Each accepts every number but NaN, infinities too.

export function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

/** The derivative of the logistic function. Written in exp(-|x|), it stays accurate on both sides of 0. */
export function logisticDerivative(x: number): number {
  const decay = Math.exp(-Math.abs(x))
  return decay / ((1 + decay) * (1 + decay))
}

/** log(1 + exp(x)), without overflow and without loss of the small term. */
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

/** Clamps x to [-1e4, 1e4], where every smooth activation is at its limits: an infinity would give NaN. */
export function clampFinite(x: number): number {
  return Math.max(-1e4, Math.min(x, 1e4))
}
