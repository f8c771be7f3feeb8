// Functions that several formulas of the catalogue are made of, in float64 and for any number: from expm1, log1p and series, each
// without the cancellation that its definition has somewhere. Written for the tests alone, not after the references in src.

export function sigmoid(x: number): number {
  return x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))
}

export function sigmoidDerivative(x: number): number {
  return sigmoid(x) * sigmoid(-x)
}

export function softplus(x: number): number {
  return x < 0 ? Math.log1p(Math.exp(x)) : x + Math.log1p(Math.exp(-x))
}

/** Below a few units the quotient of differences of exponentials, beyond that 1. */
export function tanh(x: number): number {
  if (Math.abs(x) > 30) return Math.sign(x)
  const difference = Math.expm1(2 * x)
  return difference / (difference + 2)
}

export function tanhDerivative(x: number): number {
  const decay = Math.exp(-2 * Math.abs(x))
  return (4 * decay) / (1 + decay) ** 2
}

/** x - tanh(x): below 0.1 its Taylor series. */
export function tanhShrink(x: number): number {
  if (Math.abs(x) > 0.1) return x - tanh(x)
  const square = x * x
  const series = 1 / 3 - square * (2 / 15 - square * (17 / 315 - square * (62 / 2835 - square * (1382 / 155925))))
  return x * square * series
}

export function normalDensity(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)
}

/** The normal distribution: its power series, and below -3 Laplace's continued fraction. */
export function normal(x: number): number {
  if (x > 3) return 1 - normal(-x)
  if (x < -3) {
    let fraction = -x
    for (let k = 200; k > 0; k--) fraction = -x + k / fraction
    return normalDensity(x) / fraction
  }
  let term = x
  let sum = x
  for (let k = 3; Math.abs(term) > 1e-18; k += 2) {
    term *= (x * x) / k
    sum += term
  }
  return 0.5 + normalDensity(x) * sum
}

/** x times a step that goes from 0 to 1, and its derivative: at the infinities the limits. */
export function timesStep(step: (x: number) => number, slope: (x: number) => number) {
  return {
    value: (x: number) => (x === -Infinity ? 0 : x * step(x)),
    derivative: (x: number) => (Math.abs(x) === Infinity ? step(x) : step(x) + x * slope(x)),
  }
}
