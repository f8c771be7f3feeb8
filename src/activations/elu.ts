import shader from '../../shaders/activations/elu.wgsl?raw'
import { InputError } from '../support/errors.ts'
import { Activation, SMOOTH } from './support/activation.ts'
import { EXPONENTIAL } from './support/numerics.ts'
import { readParameters } from './support/parameters.ts'

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
  const { alpha } = readParameters('elu', options, { alpha: 1 })
  if (Math.abs(alpha) > 2 ** 100) {
    throw new InputError('invalid-parameter', `elu's alpha is ${alpha}.`, 'Give one from -2^100 to 2^100.')
  }
  return new Activation({
    name: 'elu',
    parameters: { alpha },
    wgslSources: [...EXPONENTIAL, shader],
    uniforms: [alpha],
    selfTestVariants: () => [elu({ alpha: 1.7 })],
    bounds: SMOOTH,
    reference: {
      forward: x => (x > 0 ? x : alpha * Math.expm1(x)),
      derivative: x => (x > 0 ? 1 : alpha * Math.exp(x)),
    },
    // With a negative alpha y is positive on both sides of 0.
    derivativeFromY: alpha >= 0 ? y => (y > 0 ? 1 : y < -alpha ? 0 : y + alpha) : undefined,
  })
}
