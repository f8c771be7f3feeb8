import shader from '../../shaders/activations/tanh.wgsl?raw'
import { type Activation, SMOOTH } from './support/activation.ts'
import { makerOf } from './support/definition.ts'
import { logisticDerivative } from './support/float64.ts'
import { TANH } from './support/numerics.ts'

/**
 * The hyperbolic tangent, `tanh(x)`.
 *
 * Its derivative, `1 - tanh(x)^2`, is computed as `4 * sigmoid(2x) * sigmoid(-2x)`, which does not cancel far from 0.
 *
 * Source: WebNN and PyTorch `tanh`.
 *
 * @throws InputError for any option.
 */
export function tanh(options?: Readonly<Record<string, never>>): Activation {
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'tanh',
  wgslSources: [TANH, shader],
  reference: { forward: Math.tanh, derivative: x => 4 * logisticDerivative(2 * x) },
  derivativeFromY: y => (1 - y) * (1 + y),
  bounds: SMOOTH,
})
