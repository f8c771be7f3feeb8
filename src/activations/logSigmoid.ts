import shader from '../../shaders/activations/logSigmoid.wgsl?raw'
import { type Activation, SMOOTH } from './support/activation.ts'
import { makerOf } from './support/definition.ts'
import { logistic, softplusOf } from './support/float64.ts'
import { SOFTPLUS } from './support/numerics.ts'

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
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'logSigmoid',
  wgslSources: [SOFTPLUS, shader],
  reference: { forward: x => -softplusOf(-x), derivative: x => logistic(-x) },
  bounds: SMOOTH,
})
