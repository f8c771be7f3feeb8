import boundedShader from '../../shaders/numerics/bounded.wgsl?raw'
import shader from '../../shaders/activations/softsign.wgsl?raw'
import { LARGEST_FLOAT32 } from '../support/bits.ts'
import { type Activation, SMOOTH } from './support/activation.ts'
import { makerOf } from './support/definition.ts'

/**
 * `softsign(x) = x / (1 + |x|)`, with the limits 1 and -1 at the infinities, where PyTorch returns NaN.
 *
 * Its derivative is `1 / (1 + |x|)^2`.
 *
 * Source: Turian, Bergstra and Bengio, "Quadratic Features and Deep Architectures for Chunking", NAACL 2009; WebNN and PyTorch
 * `softsign`.
 *
 * @throws InputError for any option.
 */
export function softsign(options?: Readonly<Record<string, never>>): Activation {
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'softsign',
  wgslSources: [boundedShader, shader],
  reference: {
    forward(x) {
      const bounded = withinFloat32(x)
      return bounded / (1 + Math.abs(bounded))
    },
    derivative: x => 1 / (1 + Math.abs(withinFloat32(x))) ** 2,
  },
  bounds: SMOOTH,
})

function withinFloat32(x: number): number {
  return Math.max(-LARGEST_FLOAT32, Math.min(x, LARGEST_FLOAT32))
}
