import { GluActivation } from './support/glu-activation.ts'
import { readParameters } from './support/parameters.ts'
import { relu } from './relu.ts'

/**
 * The gated linear unit with relu, `reglu(gate, up) = relu(gate) * up`.
 *
 * Where the gate is shut, at 0 too, the gradient of the gate is exactly +0, even for `dy` or `up` NaN or Infinity.
 *
 * Source: Shazeer, "GLU Variants Improve Transformer", arXiv 2002.05202, 2020.
 *
 * @throws InputError for any option.
 */
export function reglu(options?: Readonly<Record<string, never>>): GluActivation {
  readParameters('reglu', options, {})
  return new GluActivation('reglu', relu())
}
