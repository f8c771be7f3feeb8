import shader from '../../shaders/activations/selu.wgsl?raw'
import { Activation, SMOOTH } from './support/activation.ts'
import { EXPONENTIAL } from './support/numerics.ts'
import { readParameters } from './support/parameters.ts'

/**
 * The scaled exponential linear unit, `selu(x) = scale * (x > 0 ? x : alpha * (exp(x) - 1))`, with the two constants that make
 * mean 0 and variance 1 a fixed point.
 *
 * Source: Klambauer, Unterthiner, Mayr and Hochreiter, "Self-Normalizing Neural Networks", NIPS 2017; PyTorch `selu`.
 *
 * @throws InputError for any option.
 */
export function selu(options?: Readonly<Record<string, never>>): Activation {
  readParameters('selu', options, {})
  return new Activation({
    name: 'selu',
    wgslSources: [...EXPONENTIAL, shader],
    bounds: SMOOTH,
    reference: {
      forward: x => (x > 0 ? SCALE * x : SCALE * ALPHA * Math.expm1(x)),
      derivative: x => (x > 0 ? SCALE : SCALE * ALPHA * Math.exp(x)),
    },
    // Rounded to float32, y may lie below its limit.
    derivativeFromY: y => (y > 0 ? SCALE : Math.max(y + SCALE * ALPHA, 0)),
  })
}

const SCALE = 1.0507009873554805
const ALPHA = 1.6732632423543772
