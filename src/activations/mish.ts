import shader from '../../shaders/activations/mish.wgsl?raw'
import { type Activation, smoothWithCrossing } from './support/activation.ts'
import { makerOf } from './support/definition.ts'
import { clampFinite, logistic, logisticDerivative, softplusOf } from './support/float64.ts'
import { EXPONENTIAL } from './support/numerics.ts'

/**
 * `mish(x) = x * tanh(softplus(x))`.
 *
 * Its derivative crosses zero near -1.19. At -Infinity mish is the limit 0; PyTorch returns NaN.
 *
 * Source: Misra, "Mish: A Self Regularized Non-Monotonic Activation Function", BMVC 2020; PyTorch `mish`.
 *
 * @throws InputError for any option.
 */
export function mish(options?: Readonly<Record<string, never>>): Activation {
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'mish',
  wgslSources: [EXPONENTIAL, shader],
  reference: {
    forward: x => Math.max(x, -1e4) * Math.tanh(softplusOf(x)),
    derivative(x) {
      const gate = Math.tanh(softplusOf(x))
      // 1 - gate^2 without cancellation.
      const gateDerivative = 4 * logisticDerivative(2 * softplusOf(x))
      return gate + clampFinite(x) * logistic(x) * gateDerivative
    },
  },
  bounds: /* @__PURE__ */ smoothWithCrossing(-1.1924312),
})
