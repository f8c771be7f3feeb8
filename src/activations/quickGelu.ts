import shader from '../../shaders/activations/quickGelu.wgsl?raw'
import { type Activation, smoothWithCrossing } from './support/activation.ts'
import { makerOf } from './support/definition.ts'
import { clampFinite, logistic, swishDerivative } from './support/float64.ts'
import { LOGISTIC } from './support/numerics.ts'

/**
 * The sigmoid approximation of GELU, `quickGelu(x) = x * sigmoid(1.702 * x)`. The factor is 1.702 rounded to float32,
 * 1.7020000219345093, as in a product with a float32 tensor; the decimal factor changes results by up to 19 ULP.
 *
 * Its derivative crosses zero near -0.75. At -Infinity quickGelu is the limit 0.
 *
 * Source: Hendrycks and Gimpel, "Gaussian Error Linear Units (GELUs)", 2016, section 2; `QuickGELU` of CLIP.
 *
 * @throws InputError for any option.
 */
export function quickGelu(options?: Readonly<Record<string, never>>): Activation {
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'quickGelu',
  wgslSources: [LOGISTIC, shader],
  reference: {
    forward: x => Math.max(x, -1e4) * logistic(FACTOR * x),
    derivative: x => swishDerivative(clampFinite(x), FACTOR * clampFinite(x), FACTOR),
  },
  bounds: /* @__PURE__ */ smoothWithCrossing(-0.7511543),
})

const FACTOR = Math.fround(1.702)
