import clampForward from '../../shaders/numerics/clamp.wgsl?raw'
import order from '../../shaders/numerics/order.wgsl?raw'
import zeroGate from '../../shaders/numerics/zero-gate.wgsl?raw'
import shader from '../../shaders/activations/hardTanh.wgsl?raw'
import type { Activation } from './support/activation.ts'
import { makerOf } from './support/definition.ts'
import { integerClamp } from './support/integers.ts'
import { checkInterval, clampTo } from './support/interval.ts'

/**
 * The clamp of x to an interval, `hardTanh(x) = min(max(x, minValue), maxValue)`.
 *
 * x passes bit for bit inside the interval, and NaN with its payload. The gradient is `dy` where `minValue < x < maxValue` and
 * exactly +0 elsewhere, at NaN and at an infinite bound too, even for `dy` NaN or Infinity. The gradient of `clamp` passes at
 * the bounds.
 *
 * Of int32, the bounds are the least integer from `minValue` on and the greatest up to `maxValue`, after rounding to float32. A
 * bound outside of int32 is none. Bounds with no int32 between them take no int32.
 *
 * Source: Collobert, "Large Scale Machine Learning", thesis, 2004; PyTorch `hardtanh`.
 *
 * @param options `minValue` and `maxValue`, any numbers finite in float32, or infinite; -1 and 1 when left out.
 * @throws InputError when a bound is not a number or NaN, when minValue is above maxValue, and for any other option.
 */
export function hardTanh(options?: {
  readonly minValue?: number | undefined
  readonly maxValue?: number | undefined
}): Activation {
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'hardTanh',
  parameters: { minValue: -1, maxValue: 1 },
  range: 'infinite',
  check: interval => checkInterval('hardTanh', interval),
  wgslSources: [order, zeroGate, clampForward, shader],
  reference: { forward: clampTo },
  gate: { isOpen: (x, { minValue, maxValue }) => x > minValue && x < maxValue },
  integers: interval => integerClamp(interval, 1),
  derivativeFromY: (y, { minValue, maxValue }) => (y > minValue && y < maxValue ? 1 : 0),
  // y holds a rounded bound where the bound is not exact in 16 bits. Then y does not determine the side of the bound on which
  // x was.
  isKnownFromY: ({ minValue, maxValue }) => isHalf(minValue) && isHalf(maxValue),
  selfTests: [
    { minValue: -2, maxValue: 3 },
    { minValue: 0, maxValue: Infinity },
  ],
})

/** Returns true if a number is exact in float16 and in bfloat16: 0, infinite, or normal in both. */
function isHalf(value: number): boolean {
  const [bits] = new Uint32Array(Float32Array.of(value).buffer)
  const isInRange = Math.abs(value) >= 2 ** -14 && Math.abs(value) < 2 ** 16
  return value === 0 || Math.abs(value) === Infinity || (isInRange && (bits! & 0xffff) === 0)
}
