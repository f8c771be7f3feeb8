import shader from '../../shaders/activations/quickGelu.wgsl?raw'
import { Activation, smoothWithCrossing } from './support/activation.ts'
import { clampFinite, logistic, swishDerivative } from './support/float64.ts'
import { LOGISTIC } from './support/numerics.ts'
import { readParameters } from './support/parameters.ts'

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
  readParameters('quickGelu', options, {})
  return new Activation({
    name: 'quickGelu',
    wgslSources: [...LOGISTIC, shader],
    bounds: smoothWithCrossing(-0.7511543),
    reference: {
      forward: x => Math.max(x, -1e4) * logistic(FACTOR * x),
      derivative: x => swishDerivative(clampFinite(x), FACTOR * clampFinite(x), FACTOR),
    },
  })
}

const FACTOR = Math.fround(1.702)
