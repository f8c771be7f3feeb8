import shader from '../../shaders/activations/hardSigmoid.wgsl?raw'
import { Activation, SMOOTH } from './support/activation.ts'
import { readParameters } from './support/parameters.ts'

/**
 * The piecewise linear sigmoid, `hardSigmoid(x) = min(max(x + 3, 0), 6) / 6`.
 *
 * The gradient is `dy / 6` where `-3 < x < 3` and exactly +0 elsewhere, at NaN too, even for `dy` NaN or Infinity.
 *
 * Source: Courbariaux, Bengio and David, "BinaryConnect", NIPS 2015; PyTorch `hardsigmoid`, with its slope of 1/6
 * (WebNN's default is 0.2).
 *
 * @throws InputError for any option.
 */
export function hardSigmoid(options?: Readonly<Record<string, never>>): Activation {
  readParameters('hardSigmoid', options, {})
  return new Activation({
    name: 'hardSigmoid',
    wgslSources: [shader],
    zeroWhereShut: true,
    bounds: SMOOTH,
    reference: {
      forward: x => Math.min(Math.max(x + 3, 0), 6) / 6,
      derivative: x => (x > -3 && x < 3 ? 1 / 6 : 0),
    },
  })
}
