import { GluActivation } from './support/glu-activation.ts'
import { gelu } from './gelu.ts'
import { quickGelu } from './quickGelu.ts'
import { readParameters } from './support/parameters.ts'

/**
 * The gated linear unit with gelu, `geglu(gate, up) = gelu(gate) * up`; with quickGelu by `{ approximate: 'sigmoid' }`.
 *
 * Source: Shazeer, "GLU Variants Improve Transformer", arXiv 2002.05202, 2020.
 *
 * @param options `approximate`: as in `gelu`, `'none'` when left out, or `'tanh'`; or `'sigmoid'`, `quickGelu(gate) * up`.
 * @throws InputError for any other value of approximate, and for any other option.
 */
export function geglu(options?: { readonly approximate?: 'none' | 'tanh' | 'sigmoid' | undefined }): GluActivation {
  const { approximate } = readParameters('geglu', options, { approximate: ['none', 'tanh', 'sigmoid'] })
  if (approximate !== 'sigmoid') return new GluActivation('geglu', gelu({ approximate }))
  return new GluActivation('geglu', quickGelu(), { parameters: { approximate }, programName: 'gegluSigmoid' })
}
