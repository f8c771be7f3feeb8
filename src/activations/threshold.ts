import order from '../../shaders/numerics/order.wgsl?raw'
import zeroGate from '../../shaders/numerics/zero-gate.wgsl?raw'
import shader from '../../shaders/activations/threshold.wgsl?raw'
import type { Activation } from './support/activation.ts'
import { makerOf } from './support/definition.ts'
import { isInt32, passing } from './support/integers.ts'

/**
 * `threshold(x) = x > threshold ? x : value`.
 *
 * x passes bit for bit where `x > threshold`, as does NaN. There the gradient is `dy`, and elsewhere exactly +0, even
 * for `dy` NaN or Infinity. Above a threshold of -Infinity is every number but -Infinity, above Infinity none.
 *
 * With a `value` that is an int32, after rounding to float32, it takes int32.
 *
 * Source: PyTorch `threshold`.
 *
 * @param options `threshold` and `value`, any numbers finite in float32, or infinite. Neither has a default.
 * @throws InputError when `threshold` or `value` is missing, not a number or NaN, and for any other option.
 */
export function threshold(options: { readonly threshold: number; readonly value: number }): Activation {
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'threshold',
  parameters: { threshold: undefined, value: undefined },
  range: 'infinite',
  wgslSources: [order, zeroGate, shader],
  reference: { forward: (x, { threshold: bound, value }) => (x > bound ? x : value) },
  gate: { isOpen: (x, { threshold: bound }) => !(x <= bound) },
  integers: ({ threshold: bound, value }) =>
    isInt32(value) ? passing(Math.floor(bound) + 1, Infinity, value, value) : undefined,
  selfTests: [
    { threshold: -1.7, value: 3 },
    { threshold: 0, value: -Infinity },
  ],
})
