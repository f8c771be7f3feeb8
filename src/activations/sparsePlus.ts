import shader from '../../shaders/activations/sparsePlus.wgsl?raw'
import { type Activation, SMOOTH } from './support/activation.ts'
import { makerOf } from './support/definition.ts'

/**
 * The piecewise quadratic softplus, `sparsePlus(x) = x <= -1 ? 0 : x >= 1 ? x : (x + 1)^2 / 4`. Its derivative is
 * {@link sparseSigmoid}.
 *
 * x passes bit for bit from 1 on, and NaN with its payload. The gradient is `dy` from 1 on, `dy * (x + 1) / 2` between -1 and 1,
 * and exactly +0 up to -1, even for `dy` NaN or Infinity.
 *
 * Source: Martins and Astudillo, "From Softmax to Sparsemax", ICML 2016, whose loss for two classes it is; JAX `sparse_plus`.
 *
 * @throws InputError for any option.
 */
export function sparsePlus(options?: Readonly<Record<string, never>>): Activation {
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'sparsePlus',
  wgslSources: [shader],
  reference: {
    forward: x => (x <= -1 ? 0 : x >= 1 ? x : ((x + 1) / 2) ** 2),
    derivative: x => (x <= -1 ? 0 : x >= 1 ? 1 : (x + 1) / 2),
  },
  zeroWhereShut: true,
  bounds: SMOOTH,
})
