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
 * for `dy` NaN or Infinity.
 *
 * Source: PyTorch `threshold`.
 *
 * @param options `threshold` and `value`, any numbers finite in float32. Neither has a default.
 * @throws InputError when `threshold` or `value` is missing, not a number, NaN or infinite, and for any other option.
 */
export function threshold(options: { readonly threshold: number; readonly value: number }): Activation {
  const { threshold: bound, value } = readParameters('threshold', options, { threshold: undefined, value: undefined })
  return new Activation({
    name: 'threshold',
    parameters: { threshold: bound, value },
    wgslSources: [order, zeroGate, shader],
    uniforms: [bound, value],
    selfTestVariants: () => [threshold({ threshold: -1.7, value: 3 })],
    ...gatedBy(
      x => !(x <= bound),
      x => (x > bound ? x : value),
    ),
  })
}
