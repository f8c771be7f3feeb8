/** A function that the WGSL of a definition may call, and the truth of it. */
export interface NumericFunction {
  readonly name: string
  /** Its value by Math, in float64. */
  readonly truth: (x: number) => number
  /** Arguments where it is hard to get right. */
  readonly hard: readonly number[]
}

const { LN2, exp, expm1, log, log1p, tanh } = Math
const HALF_LN2 = LN2 / 2

const sigmoid = (x: number): number => (x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)))
const softplus = (x: number): number => (x < 0 ? log1p(exp(x)) : x + log1p(exp(-x)))

export const numericFunctions: readonly NumericFunction[] = [
  { name: 'exp', truth: exp, hard: [88.72283, 88.72284, -87.33654, -87.33655, 88.37, HALF_LN2] },
  { name: 'expm1', truth: expm1, hard: [88.72283, 88.72284, 88.37, -17.3, HALF_LN2, 1e-4] },
  {
    name: 'log',
    truth: log,
    hard: [1e-45, 1e-40, 1.1754944e-38, 0.99999994, 1.0000001, 2 / 3, 4 / 3, 0.5, 3.4028235e38],
  },
  { name: 'log1p', truth: log1p, hard: [-0.99999994, -0.5, -0.50000006, 1, 1.0000001, 1e-7, -1e-7, 3.4028235e38] },
  { name: 'tanh', truth: tanh, hard: [0.000244, 0.3, 9.01, 10] },
  { name: 'sigmoid', truth: sigmoid, hard: [-87.3, -88, 17, 60, -60] },
  { name: 'softplus', truth: softplus, hard: [-87.3, -16, 16, 88, 60] },
]
