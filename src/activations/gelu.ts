import normalTail from '../../shaders/numerics/normal-tail.wgsl?raw'
import exactShader from '../../shaders/activations/gelu.wgsl?raw'
import tanhShader from '../../shaders/activations/geluTanh.wgsl?raw'
import { type Activation, type Reference, smoothWithCrossing } from './support/activation.ts'
import { makerOf } from './support/definition.ts'
import { clampFinite, logistic, swishDerivative } from './support/float64.ts'
import { normalDensity, normalDistribution } from './support/normal.ts'
import { EXPONENTIAL, LOGISTIC } from './support/numerics.ts'

/**
 * The Gaussian error linear unit, `gelu(x) = x * Phi(x)` with Phi the standard normal distribution, or with
 * `approximate: 'tanh'` `0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))`.
 *
 * Its derivative crosses zero near -0.75. At -Infinity gelu is the limit 0; PyTorch returns NaN.
 *
 * Source: Hendrycks and Gimpel, "Gaussian Error Linear Units (GELUs)", 2016; WebNN and PyTorch `gelu`.
 *
 * @param options `approximate`: `'none'` when left out, or `'tanh'`.
 * @throws InputError for any other value of approximate, and for any other option.
 */
export function gelu(options?: { readonly approximate?: 'none' | 'tanh' | undefined }): Activation {
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'gelu',
  parameters: { approximate: ['none', 'tanh'] },
  programName: ({ approximate }) => (approximate === 'tanh' ? 'geluTanh' : 'gelu'),
  wgslSources: ({ approximate }) =>
    approximate === 'tanh' ? [LOGISTIC, tanhShader] : [EXPONENTIAL, normalTail, exactShader],
  reference: {
    forward: (x, { approximate }) => REFERENCES[approximate].forward(x),
    derivative: (x, { approximate }) => REFERENCES[approximate].derivative(x),
  },
  bounds: /* @__PURE__ */ smoothWithCrossing(-0.75),
})

const exactReference: Reference = {
  forward: x => Math.max(x, -1e4) * normalDistribution(x),
  derivative: x => normalDistribution(x) + clampFinite(x) * normalDensity(x),
}

const FACTOR = 2 * Math.sqrt(2 / Math.PI)
const CUBIC = 0.044715

const tanhReference: Reference = {
  forward: x => Math.max(x, -1e4) * logistic(FACTOR * (clampFinite(x) + CUBIC * clampFinite(x) ** 3)),
  derivative(x) {
    const bounded = clampFinite(x)
    const argument = FACTOR * (bounded + CUBIC * bounded ** 3)
    return swishDerivative(bounded, argument, FACTOR * (1 + 3 * CUBIC * bounded ** 2))
  },
}

const REFERENCES = { none: exactReference, tanh: tanhReference } as const
