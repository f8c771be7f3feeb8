import shader from '../../shaders/activations/logSigmoid.wgsl?raw'
import { Activation, SMOOTH } from './support/activation.ts'
import { logistic, softplusOf } from './support/float64.ts'
import { SOFTPLUS } from './support/numerics.ts'
import { readParameters } from './support/parameters.ts'

/**
 * The logarithm of the logistic function, `logSigmoid(x) = -log(1 + exp(-x))`.
 *
 * Its derivative is `sigmoid(-x)`.
 *
 * Source: PyTorch `logsigmoid`.
 *
 * @throws InputError for any option.
 */
export function logSigmoid(options?: Readonly<Record<string, never>>): Activation {
  readParameters('logSigmoid', options, {})
  return new Activation({
    name: 'logSigmoid',
    wgslSources: [...SOFTPLUS, shader],
    bounds: SMOOTH,
    reference: {
      forward: x => -softplusOf(-x),
      derivative: x => logistic(-x),
    },
  })
}
