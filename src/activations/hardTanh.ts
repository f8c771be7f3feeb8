import order from '../../shaders/numerics/order.wgsl?raw'
import zeroGate from '../../shaders/numerics/zero-gate.wgsl?raw'
import shader from '../../shaders/activations/hardTanh.wgsl?raw'
import { InputError } from '../support/errors.ts'
import { Activation } from './support/activation.ts'
import { gatedBy } from './support/gated.ts'
import { readParameters } from './support/parameters.ts'

/**
 * The clamp of x to an interval, `hardTanh(x) = min(max(x, minValue), maxValue)`.
 *
 * x passes bit for bit inside the interval, and NaN with its payload. The gradient is `dy` where `minValue < x < maxValue` and
 * exactly +0 elsewhere, at NaN too, even for `dy` NaN or Infinity.
 *
 * Source: Collobert, "Large Scale Machine Learning", thesis, 2004; PyTorch `hardtanh`, WebNN `clamp`.
 *
 * @param options `minValue` and `maxValue`, numbers finite in float32; -1 and 1 when left out.
 * @throws InputError when a bound is not a number, NaN or infinite, when minValue is above maxValue, and for any other option.
 */
export function hardTanh(options?: {
  readonly minValue?: number | undefined
  readonly maxValue?: number | undefined
}): Activation {
  const { minValue, maxValue } = readParameters('hardTanh', options, { minValue: -1, maxValue: 1 })
  if (minValue > maxValue) {
    throw new InputError(
      'invalid-parameter',
      `hardTanh's minValue is ${minValue} and its maxValue ${maxValue}.`,
      'Give a minValue that is not above maxValue.',
    )
  }
  const gated = gatedBy(
    x => x > minValue && x < maxValue,
    x => (x < minValue ? minValue : x > maxValue ? maxValue : x),
  )
  return new Activation({
    name: 'hardTanh',
    parameters: { minValue, maxValue },
    wgslSources: [order, zeroGate, shader],
    uniforms: [minValue, maxValue],
    selfTestVariants: () => [hardTanh({ minValue: -2, maxValue: 3 })],
    ...gated,
    // y holds a rounded bound where the bound is not exact in 16 bits. Then y does not determine the side of the bound
    // on which x was.
    derivativeFromY: isHalf(minValue) && isHalf(maxValue) ? gated.reference.derivative : undefined,
  })
}

/** Returns true if a number is exact in float16 and in bfloat16: 0, or normal in both. */
function isHalf(value: number): boolean {
  const [bits] = new Uint32Array(Float32Array.of(value).buffer)
  const isInRange = Math.abs(value) >= 2 ** -14 && Math.abs(value) < 2 ** 16
  return value === 0 || (isInRange && (bits! & 0xffff) === 0)
}
