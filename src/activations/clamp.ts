import clampForward from '../../shaders/numerics/clamp.wgsl?raw'
import order from '../../shaders/numerics/order.wgsl?raw'
import zeroGate from '../../shaders/numerics/zero-gate.wgsl?raw'
import shader from '../../shaders/activations/clamp.wgsl?raw'
import type { Activation } from './support/activation.ts'
import { makerOf } from './support/definition.ts'
import { integerClamp } from './support/integers.ts'
import { checkInterval, clampTo } from './support/interval.ts'

/**
 * The clamp of x to an interval, `clamp(x) = min(max(x, minValue), maxValue)`, whose gradient passes at the bounds.
 *
 * x passes bit for bit inside the interval, and NaN with its payload. The gradient is `dy` where `minValue <= x <= maxValue` and
 * exactly +0 elsewhere, at NaN too, even for `dy` NaN or Infinity (PyTorch's `clamp_backward`). The gradient of `hardTanh` is 0
 * at the bounds. y tells the gradient only where both bounds are infinite, because a y at a bound may come from any x beyond it.
 *
 * Of int32, the bounds are the least integer from `minValue` on and the greatest up to `maxValue`, after rounding to float32. A
 * bound outside of int32 is none. Bounds with no int32 between them take no int32.
 *
 * Source: WebNN `clamp`, PyTorch `clamp`.
 *
 * @param options `minValue` and `maxValue`, any numbers finite in float32, or infinite; -Infinity and Infinity when left out.
 * @throws InputError when a bound is not a number or NaN, when minValue is above maxValue, and for any other option.
 */
export function clamp(options?: {
  readonly minValue?: number | undefined
  readonly maxValue?: number | undefined
}): Activation {
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'clamp',
  parameters: { minValue: -Infinity, maxValue: Infinity },
  range: 'infinite',
  check: interval => checkInterval('clamp', interval),
  wgslSources: [order, zeroGate, clampForward, shader],
  reference: { forward: clampTo },
  gate: { isOpen: (x, { minValue, maxValue }) => x >= minValue && x <= maxValue },
  integers: interval => integerClamp(interval, 0),
  derivativeFromY: y => (Number.isNaN(y) ? 0 : 1),
  isKnownFromY: ({ minValue, maxValue }) => minValue === -Infinity && maxValue === Infinity,
  selfTests: [{ minValue: -2, maxValue: 3 }, { minValue: 0 }],
})
