import shader from '../../shaders/activations/sparseSigmoid.wgsl?raw'
import type { Activation } from './support/activation.ts'
import { makerOf } from './support/definition.ts'

/**
 * The piecewise linear sigmoid with the slope 1/2, `sparseSigmoid(x) = min(max(x + 1, 0), 2) / 2`, the derivative of
 * `sparsePlus`.
 *
 * The gradient is `dy / 2` where `-1 < x < 1` and exactly +0 elsewhere, at NaN too, even for `dy` NaN or Infinity.
 *
 * Source: Martins and Astudillo, "From Softmax to Sparsemax", ICML 2016, sparsemax of two classes; JAX `sparse_sigmoid`.
 *
 * @throws InputError for any option.
 */
export function sparseSigmoid(options?: Readonly<Record<string, never>>): Activation {
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'sparseSigmoid',
  wgslSources: [shader],
  reference: {
    forward: x => Math.min(Math.max(x + 1, 0), 2) / 2,
    derivative: x => (x > -1 && x < 1 ? 0.5 : 0),
  },
  zeroWhereShut: true,
  // y is one sum, dx one product, and a driver may flush a subnormal product.
  bounds: { forward: 0, backward: 0 },
})
