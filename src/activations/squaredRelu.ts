import product from '../../shaders/numerics/exact-product.wgsl?raw'
import shader from '../../shaders/activations/squaredRelu.wgsl?raw'
import type { Activation } from './support/activation.ts'
import { makerOf } from './support/definition.ts'

/**
 * The squared rectifier, `squaredRelu(x) = x > 0 ? x^2 : 0`.
 *
 * The gradient is `2 * x * dy` where `x > 0`, rounded once, and exactly +0 below, even for `dy` NaN or Infinity.
 *
 * Source: So et al., "Primer: Searching for Efficient Transformers for Language Modeling", NeurIPS 2021.
 *
 * @throws InputError for any option.
 */
export function squaredRelu(options?: Readonly<Record<string, never>>): Activation {
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'squaredRelu',
  wgslSources: [product, shader],
  reference: {
    forward: x => (x > 0 ? x * x : 0),
    derivative: x => (x > 0 ? 2 * x : x <= 0 ? 0 : NaN),
  },
  zeroWhereShut: true,
  // Each result is one exact product; the payload of a NaN that it makes is open.
  bounds: { forward: 0, backward: 0 },
})
