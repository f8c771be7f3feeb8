import { GluActivation } from './support/glu-activation.ts'
import { gelu } from './gelu.ts'
import { readParameters } from './support/parameters.ts'

/**
 * The gated linear unit with gelu, `geglu(gate, up) = gelu(gate) * up`.
 *
 * Source: Shazeer, "GLU Variants Improve Transformer", arXiv 2002.05202, 2020.
 *
 * @param options `approximate`: as in `gelu`, `'none'` when left out, or `'tanh'`.
 * @throws InputError for any other value of approximate, and for any other option.
 */
export function geglu(options?: { readonly approximate?: 'none' | 'tanh' | undefined }): GluActivation {
  return new GluActivation('geglu', gelu(readParameters('geglu', options, { approximate: ['none', 'tanh'] })))
}
