// The smooth activations in float64, for the tests alone: from expm1, log1p and series, each without the cancellation
// that its definition has somewhere. Held to the 60-digit values by test/smooth.test.ts.

/** A function and its derivative, from any number but NaN. */
export interface Smooth {
  readonly value: (x: number) => number
  readonly derivative: (x: number) => number
}

function sigmoid(x: number): number {
  return x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))
}

function sigmoidDerivative(x: number): number {
  return sigmoid(x) * sigmoid(-x)
}

function softplus(x: number): number {
  return x < 0 ? Math.log1p(Math.exp(x)) : x + Math.log1p(Math.exp(-x))
}

/** Below a few units the quotient of differences of exponentials, beyond that 1. */
function tanh(x: number): number {
  if (Math.abs(x) > 30) return Math.sign(x)
  const difference = Math.expm1(2 * x)
  return difference / (difference + 2)
}

function tanhDerivative(x: number): number {
  const decay = Math.exp(-2 * Math.abs(x))
  return (4 * decay) / (1 + decay) ** 2
}

/** x - tanh(x): below 0.1 its Taylor series. */
function tanhShrink(x: number): number {
  if (Math.abs(x) > 0.1) return x - tanh(x)
  const square = x * x
  const series = 1 / 3 - square * (2 / 15 - square * (17 / 315 - square * (62 / 2835 - square * (1382 / 155925))))
  return x * square * series
}

const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)

/** The normal distribution: its power series, and below -3 Laplace's continued fraction. */
function normal(x: number): number {
  if (x > 3) return 1 - normal(-x)
  if (x < -3) {
    let fraction = -x
    for (let k = 200; k > 0; k--) fraction = -x + k / fraction
    return density(x) / fraction
  }
  let term = x
  let sum = x
  for (let k = 3; Math.abs(term) > 1e-18; k += 2) {
    term *= (x * x) / k
    sum += term
  }
  return 0.5 + density(x) * sum
}

/** x times a step that goes from 0 to 1: at the infinities the limits. */
function gated(step: (x: number) => number, slope: (x: number) => number): Smooth {
  return {
    value: x => (x === -Infinity ? 0 : x * step(x)),
    derivative: x => (Math.abs(x) === Infinity ? step(x) : step(x) + x * slope(x)),
  }
}

const ROOT = Math.sqrt(2 / Math.PI)
// The library has it as a float32.
const RATE = Math.fround(1.702)
const cubic = (x: number): number => 2 * ROOT * (x + 0.044715 * x ** 3)

function exponential(scale: number, alpha: number, period: number): Smooth {
  return {
    value: x => scale * (x > 0 ? x : alpha * Math.expm1(x / period)),
    derivative: x => scale * (x > 0 ? 1 : (alpha / period) * Math.exp(x / period)),
  }
}

const hardStep = (x: number): number => (x <= -3 ? 0 : x >= 3 ? 1 : (x + 3) / 6)

export const smooth = {
  sigmoid: { value: sigmoid, derivative: sigmoidDerivative },
  logSigmoid: { value: (x: number) => -softplus(-x), derivative: (x: number) => sigmoid(-x) },
  softplus: { value: softplus, derivative: sigmoid },
  tanh: { value: tanh, derivative: tanhDerivative },
  tanhShrink: { value: tanhShrink, derivative: (x: number) => tanh(x) ** 2 },
  softsign: {
    value: (x: number) => (Math.abs(x) === Infinity ? Math.sign(x) : x / (1 + Math.abs(x))),
    derivative: (x: number) => (1 + Math.abs(x)) ** -2,
  },
  elu: (alpha: number) => exponential(1, alpha, 1),
  celu: (alpha: number) => exponential(1, alpha, alpha),
  // Klambauer et al., "Self-Normalizing Neural Networks", NeurIPS 2017.
  selu: exponential(1.0507009873554805, 1.6732632423543772, 1),
  gelu: gated(normal, density),
  geluTanh: gated(
    x => sigmoid(cubic(x)),
    x => sigmoidDerivative(cubic(x)) * 2 * ROOT * (1 + 3 * 0.044715 * x * x),
  ),
  quickGelu: gated(
    x => sigmoid(RATE * x),
    x => RATE * sigmoidDerivative(RATE * x),
  ),
  silu: gated(sigmoid, sigmoidDerivative),
  mish: gated(
    x => tanh(softplus(x)),
    x => tanhDerivative(softplus(x)) * sigmoid(x),
  ),
  hardSigmoid: { value: hardStep, derivative: (x: number) => (Math.abs(x) < 3 ? 1 / 6 : 0) },
  hardSwish: {
    value: (x: number) => (x <= -3 ? 0 : x * hardStep(x)),
    derivative: (x: number) => (x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5),
  },
} as const
