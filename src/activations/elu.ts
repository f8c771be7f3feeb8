import shader from '../../shaders/activations/elu.wgsl?raw'
import { InputError } from '../support/errors.ts'
import { type Activation, SMOOTH } from './support/activation.ts'
import { makerOf } from './support/definition.ts'
import { EXPONENTIAL } from './support/numerics.ts'

/**
 * The exponential linear unit, `elu(x) = x > 0 ? x : alpha * (exp(x) - 1)`.
 *
 * x passes bit for bit where x is positive or NaN. The gradient is `dy` where `x > 0`, else `dy * alpha * exp(x)`.
 *
 * Source: Clevert, Unterthiner and Hochreiter, "Fast and Accurate Deep Network Learning by Exponential Linear Units", ICLR
 * 2016; WebNN and PyTorch `elu`.
 *
 * @param options `alpha`: y approaches -alpha far below zero; from -2^100 to 2^100, 1 when left out.
 * @throws InputError when alpha is not a number in that range, and for any other option.
 */
export function elu(options?: { readonly alpha?: number | undefined }): Activation {
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'elu',
  parameters: { alpha: 1 },
  check({ alpha }) {
    if (Math.abs(alpha) <= 2 ** 100) return
    throw new InputError('invalid-parameter', `elu's alpha is ${alpha}.`, 'Give one from -2^100 to 2^100.')
  },
  wgslSources: [EXPONENTIAL, shader],
  reference: {
    forward: (x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x)),
    derivative: (x, { alpha }) => (x > 0 ? 1 : alpha * Math.exp(x)),
  },
  derivativeFromY: (y, { alpha }) => (y > 0 ? 1 : y < -alpha ? 0 : y + alpha),
  // With a negative alpha y is positive on both sides of 0.
  isKnownFromY: ({ alpha }) => alpha >= 0,
  bounds: SMOOTH,
  selfTests: [{ alpha: 1.7 }],
})
