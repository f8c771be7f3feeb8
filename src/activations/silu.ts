import shader from '../../shaders/activations/silu.wgsl?raw'
import { type Activation, smoothWithCrossing } from './support/activation.ts'
import { makerOf } from './support/definition.ts'
import { clampFinite, logistic, swishDerivative } from './support/float64.ts'
import { LOGISTIC } from './support/numerics.ts'

/**
 * The sigmoid linear unit, or swish: `silu(x) = x * sigmoid(x)`.
 *
 * Its derivative crosses zero near -1.28. At -Infinity silu is the limit 0; PyTorch returns NaN.
 *
 * Source: Elfwing, Uchibe and Doya, "Sigmoid-Weighted Linear Units for Neural Network Function Approximation in Reinforcement
 * Learning", Neural Networks 107, 2018; PyTorch `silu`.
 *
 * @throws InputError for any option.
 */
export function silu(options?: Readonly<Record<string, never>>): Activation {
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'silu',
  wgslSources: [LOGISTIC, shader],
  reference: {
    forward: x => Math.max(x, -1e4) * logistic(x),
    derivative: x => swishDerivative(clampFinite(x), clampFinite(x), 1),
  },
  bounds: /* @__PURE__ */ smoothWithCrossing(-1.2784645),
})
