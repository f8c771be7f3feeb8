import shader from '../../shaders/activations/celu.wgsl?raw'
import { InputError } from '../support/errors.ts'
import { type Activation, SMOOTH } from './support/activation.ts'
import { makerOf } from './support/definition.ts'
import { splitPeriod } from './support/uniforms.ts'
import { EXPONENTIAL } from './support/numerics.ts'

/**
 * The continuously differentiable exponential linear unit, `celu(x) = x > 0 ? x : alpha * (exp(x / alpha) - 1)`.
 *
 * x passes bit for bit where x is positive or NaN. The gradient is `dy` where `x > 0`, else `dy * exp(x / alpha)`.
 *
 * Source: Barron, "Continuously Differentiable Exponential Linear Units", arXiv 1704.07483, 2017; PyTorch `celu`.
 *
 * @param options `alpha`: y approaches -alpha far below zero; from 2^-100 to 2^100, 1 when left out.
 * @throws InputError when alpha is not a number in that range, and for any other option.
 */
export function celu(options?: { readonly alpha?: number | undefined }): Activation {
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'celu',
  parameters: { alpha: 1 },
  check({ alpha }) {
    if (alpha >= 2 ** -100 && alpha <= 2 ** 100) return
    throw new InputError('invalid-parameter', `celu's alpha is ${alpha}.`, 'Give one from 2^-100 to 2^100.')
  },
  uniforms({ alpha }) {
    const [periodHigh, periodLow] = splitPeriod(1 / alpha)
    return { alpha, periodHigh, periodLow, rate: 1 / alpha }
  },
  wgslSources: [EXPONENTIAL, shader],
  reference: {
    forward: (x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x / alpha)),
    derivative: (x, { alpha }) => (x > 0 ? 1 : Math.exp(x / alpha)),
  },
  derivativeFromY: (y, { alpha }) => (y > 0 ? 1 : y < -alpha ? 0 : (y + alpha) / alpha),
  bounds: SMOOTH,
  selfTests: [{ alpha: 1.7 }],
})
