import { GluActivation } from './support/glu-activation.ts'
import { readParameters } from './support/parameters.ts'
import { silu } from './silu.ts'

/**
 * The gated linear unit with silu, `swiglu(gate, up) = silu(gate) * up`.
 *
 * Source: Shazeer, "GLU Variants Improve Transformer", arXiv 2002.05202, 2020.
 *
 * @throws InputError for any option.
 */
export function swiglu(options?: Readonly<Record<string, never>>): GluActivation {
  readParameters('swiglu', options, {})
  return new GluActivation('swiglu', silu())
}
