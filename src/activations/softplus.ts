import shader from '../../shaders/activations/softplus.wgsl?raw'
import { InputError, show } from '../support/errors.ts'
import { readOptions } from '../support/reading.ts'
import { Activation, SMOOTH } from './support/activation.ts'
import { logistic, softplusOf } from './support/float64.ts'
import { splitPeriod } from './support/uniforms.ts'
import { SOFTPLUS } from './support/numerics.ts'
import { readNumber } from './support/parameters.ts'

/**
 * The smooth rectifier, `softplus(x) = log(1 + exp(beta * x)) / beta`.
 *
 * Its derivative is `sigmoid(beta * x)`. PyTorch returns x, and the gradient `dy`, where `beta * x` is above a threshold. From 18
 * on x and 1 are what softplus and its derivative round to in float32, so every such threshold, PyTorch's default 20 too, gives the
 * same function.
 *
 * Source: Dugas et al., "Incorporating Second-Order Functional Knowledge for Better Option Pricing", NIPS 2000; WebNN and
 * PyTorch `softplus`.
 *
 * @param options `beta`: the sharpness, from 2^-24 to 2^24; 1 when left out. `threshold`: that of PyTorch, from 18 to Infinity; it
 * has no effect, and is no parameter of the activation.
 * @throws InputError when beta or threshold is not a number in its range, and for any other option.
 */
export function softplus(options?: {
  readonly beta?: number | undefined
  readonly threshold?: number | undefined
}): Activation {
  const given = readOptions('softplus', options, ['beta', 'threshold'], 'Call softplus({ beta: 1 }).')
  const beta = readNumber('softplus', 'beta', given.beta === undefined ? 1 : given.beta)
  if (given.threshold !== undefined && !(typeof given.threshold === 'number' && given.threshold >= 18)) {
    throw new InputError(
      'invalid-parameter',
      `softplus's threshold is ${show(given.threshold)}.`,
      'Give one from 18 on, or none: softplus is accurate everywhere.',
    )
  }
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
