import shader from '../../shaders/activations/sigmoid.wgsl?raw'
import { type Activation, SMOOTH } from './support/activation.ts'
import { makerOf } from './support/definition.ts'
import { logistic, logisticDerivative } from './support/float64.ts'
import { LOGISTIC } from './support/numerics.ts'

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
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'sigmoid',
  wgslSources: [LOGISTIC, shader],
  reference: { forward: logistic, derivative: logisticDerivative },
  derivativeFromY: y => y * (1 - y),
  bounds: SMOOTH,
})
