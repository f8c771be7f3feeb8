import shader from '../../shaders/activations/softplus.wgsl?raw'
import { InputError } from '../support/errors.ts'
import { Activation, SMOOTH } from './support/activation.ts'
import { logistic, softplusOf } from './support/float64.ts'
import { splitPeriod } from './support/uniforms.ts'
import { SOFTPLUS } from './support/numerics.ts'
import { readParameters } from './support/parameters.ts'

/**
 * The smooth rectifier, `softplus(x) = log(1 + exp(beta * x)) / beta`.
 *
 * Its derivative is `sigmoid(beta * x)`. PyTorch returns x where `beta * x > 20`; here y keeps its accuracy there.
 *
 * Source: Dugas et al., "Incorporating Second-Order Functional Knowledge for Better Option Pricing", NIPS 2000; WebNN and
 * PyTorch `softplus`.
 *
 * @param options `beta`: the sharpness, from 2^-24 to 2^24; 1 when left out.
 * @throws InputError when beta is not a number in that range, and for any other option.
 */
export function softplus(options?: { readonly beta?: number | undefined }): Activation {
  const { beta } = readParameters('softplus', options, { beta: 1 })
  if (!(beta >= 2 ** -24 && beta <= 2 ** 24)) {
    throw new InputError('invalid-parameter', `softplus's beta is ${beta}.`, 'Give one from 2^-24 to 2^24.')
  }
  return new Activation({
    name: 'softplus',
    parameters: { beta },
    wgslSources: [...SOFTPLUS, shader],
    uniforms: [beta, ...splitPeriod(beta), 2 ** -24 / beta],
    selfTestVariants: () => [softplus({ beta: 1.7 })],
    bounds: SMOOTH,
    reference: {
      forward: x => (x === Infinity ? x : softplusOf(beta * x) / beta),
      derivative: x => logistic(beta * x),
    },
    derivativeFromY: y => -Math.expm1(-beta * y),
  })
}
