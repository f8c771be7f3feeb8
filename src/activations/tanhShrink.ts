import shader from '../../shaders/activations/tanhShrink.wgsl?raw'
import { type Activation, SMOOTH } from './support/activation.ts'
import { makerOf } from './support/definition.ts'
import { TANH } from './support/numerics.ts'

/**
 * `tanhShrink(x) = x - tanh(x)`, computed by a series where the difference would cancel.
 *
 * Its derivative is `tanh(x)^2`.
 *
 * Source: PyTorch `tanhshrink`.
 *
 * @throws InputError for any option.
 */
export function tanhShrink(options?: Readonly<Record<string, never>>): Activation {
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'tanhShrink',
  wgslSources: [TANH, shader],
  reference: {
    forward: x => (Math.abs(x) < 0.3 ? nearZero(x) : x - Math.tanh(x)),
    derivative: x => Math.tanh(x) ** 2,
  },
  bounds: SMOOTH,
})

// The Taylor series of x - tanh(x): 2^2k (2^2k - 1) B_2k / (2k)! with the Bernoulli numbers B (Abramowitz and Stegun
// 4.5.64). Below 0.3 the omitted terms are less than 1e-15 of the sum.
const TAYLOR = [
  1 / 3,
  -2 / 15,
  17 / 315,
  -62 / 2835,
  1382 / 155925,
  -21844 / 6081075,
  929569 / 638512875,
  -6404582 / 10854718875,
  443861162 / 1856156927625,
  -18888466084 / 194896477400625,
  113927491862 / 2900518163668125,
]

function nearZero(x: number): number {
  const square = x * x
  return x * square * TAYLOR.reduceRight((sum, coefficient) => sum * square + coefficient, 0)
}
