import shader from '../../shaders/activations/softplus.wgsl?raw'
import { InputError, show } from '../support/errors.ts'
import { readOptions } from '../support/reading.ts'
import { type Activation, SMOOTH } from './support/activation.ts'
import { makerOf } from './support/definition.ts'
import { logistic, softplusOf } from './support/float64.ts'
import { splitPeriod } from './support/uniforms.ts'
import { SOFTPLUS } from './support/numerics.ts'

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
  const { beta, threshold } = readOptions('softplus', options, ['beta', 'threshold'], 'Call softplus({ beta: 1 }).')
  if (threshold !== undefined && !(typeof threshold === 'number' && threshold >= 18)) {
    const message = `softplus's threshold is ${show(threshold)}.`
    const fix = 'Give one from 18 on, or none: softplus is accurate everywhere.'
    throw new InputError('invalid-parameter', message, fix)
  }
  return make(beta === undefined ? undefined : { beta })
}

const make = /* @__PURE__ */ makerOf({
  name: 'softplus',
  parameters: { beta: 1 },
  check({ beta }) {
    if (beta >= 2 ** -24 && beta <= 2 ** 24) return
    throw new InputError('invalid-parameter', `softplus's beta is ${beta}.`, 'Give one from 2^-24 to 2^24.')
  },
  uniforms({ beta }) {
    const [periodHigh, periodLow] = splitPeriod(beta)
    return { beta, periodHigh, periodLow, least: 2 ** -24 / beta }
  },
  wgslSources: [SOFTPLUS, shader],
  reference: {
    forward: (x, { beta }) => (x === Infinity ? x : softplusOf(beta * x) / beta),
    derivative: (x, { beta }) => logistic(beta * x),
  },
  derivativeFromY: (y, { beta }) => -Math.expm1(-beta * y),
  bounds: SMOOTH,
  selfTests: [{ beta: 1.7 }],
})
