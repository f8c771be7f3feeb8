import normalTail from '../../shaders/numerics/normal-tail.wgsl?raw'
import exactShader from '../../shaders/activations/gelu.wgsl?raw'
import tanhShader from '../../shaders/activations/geluTanh.wgsl?raw'
import { Activation, type Reference, smoothWithCrossing } from './support/activation.ts'
import { clampFinite, logistic, swishDerivative } from './support/float64.ts'
import { normalDensity, normalDistribution } from './support/normal.ts'
import { EXPONENTIAL, LOGISTIC } from './support/numerics.ts'
import { readChoice } from './support/parameters.ts'

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
  const approximate = readChoice('gelu', options, 'approximate', ['none', 'tanh'])
  return new Activation({
    name: 'gelu',
    programName: approximate === 'tanh' ? 'geluTanh' : 'gelu',
    parameters: { approximate },
    wgslSources: approximate === 'tanh' ? [...LOGISTIC, tanhShader] : [...EXPONENTIAL, normalTail, exactShader],
    bounds: smoothWithCrossing(-0.75),
    reference: approximate === 'tanh' ? tanhReference : exactReference,
  })
}

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
