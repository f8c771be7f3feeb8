import order from '../../shaders/numerics/order.wgsl?raw'
import zeroGate from '../../shaders/numerics/zero-gate.wgsl?raw'
import shader from '../../shaders/activations/threshold.wgsl?raw'
import { Activation } from './support/activation.ts'
import { gatedBy } from './support/gated.ts'
import { readParameters } from './support/parameters.ts'

/**
 * `threshold(x) = x > threshold ? x : value`.
 *
 * x passes bit for bit where `x > threshold`, as does NaN. There the gradient is `dy`, and elsewhere exactly +0, even
 * for `dy` NaN or Infinity. Above a threshold of -Infinity is every number but -Infinity, above Infinity none.
 *
 * Source: PyTorch `threshold`.
 *
 * @param options `threshold` and `value`, any numbers finite in float32, or infinite. Neither has a default.
 * @throws InputError when `threshold` or `value` is missing, not a number or NaN, and for any other option.
 */
export function threshold(options: { readonly threshold: number; readonly value: number }): Activation {
  const required = { threshold: undefined, value: undefined }
  const { threshold: bound, value } = readParameters('threshold', options, required, 'infinite')
  return new Activation({
    name: 'threshold',
    parameters: { threshold: bound, value },
    wgslSources: [order, zeroGate, shader],
    uniforms: [bound, value],
    selfTestVariants: () => [threshold({ threshold: -1.7, value: 3 }), threshold({ threshold: 0, value: -Infinity })],
    ...gatedBy(
      x => !(x <= bound),
      x => (x > bound ? x : value),
    ),
  })
}
