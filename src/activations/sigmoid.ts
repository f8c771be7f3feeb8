import shader from '../../shaders/activations/sigmoid.wgsl?raw'
import { Activation, SMOOTH } from './support/activation.ts'
import { logistic, logisticDerivative } from './support/float64.ts'
import { LOGISTIC } from './support/numerics.ts'
import { readParameters } from './support/parameters.ts'

/**
 * The logistic function, `sigmoid(x) = 1 / (1 + exp(-x))`.
 *
 * Its derivative is `sigmoid(x) * sigmoid(-x)`.
 *
 * Source: WebNN and PyTorch `sigmoid`.
 *
 * @throws InputError for any option.
 */
export function sigmoid(options?: Readonly<Record<string, never>>): Activation {
  readParameters('sigmoid', options, {})
  return new Activation({
    name: 'sigmoid',
    wgslSources: [...LOGISTIC, shader],
    bounds: SMOOTH,
    reference: {
      forward: logistic,
      derivative: logisticDerivative,
    },
    derivativeFromY: y => y * (1 - y),
  })
}
