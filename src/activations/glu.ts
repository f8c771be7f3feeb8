import { GluActivation } from './support/glu-activation.ts'
import { readParameters } from './support/parameters.ts'
import { sigmoid } from './sigmoid.ts'

/**
 * The gated linear unit, `glu(gate, up) = sigmoid(gate) * up`. PyTorch's `glu` takes one tensor, whose second half is the gate:
 * `{ columns, order: 'up-gate' }`.
 *
 * Source: Dauphin, Fan, Auli and Grangier, "Language Modeling with Gated Convolutional Networks", ICML 2017.
 *
 * @throws InputError for any option.
 */
export function glu(options?: Readonly<Record<string, never>>): GluActivation {
  readParameters('glu', options, {})
  return new GluActivation('glu', sigmoid())
}
