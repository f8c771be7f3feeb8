import type { Activation } from '../../src/index.ts'
import { referenceBits } from '../../src/reference/reference.ts'
import { bitsView, floatOf, isNaNBits } from '../../src/support/bits.ts'

/** Inputs, and the results that are right for them. */
export interface Truth {
  readonly x: Float32Array
  /** Absent forward. */
  readonly dy?: Float32Array | undefined
  /** The float64 reference, not rounded. */
  readonly values: Float64Array
  /** The reference as the bits of float32, with the payload of a NaN. */
  readonly bits: Int32Array
}

/**
 * Computes y = activation(x), or dx = dy * activation'(x) where dy is given, by the reference.
 *
 * @param space a truth of the same length that is needed no more, to be written over
 */
export function truthOf(activation: Activation, x: Float32Array, dy?: Float32Array, space?: Truth): Truth {
  const values = space?.values ?? new Float64Array(x.length)
  const bits = space?.bits ?? new Int32Array(x.length)
  const rounded = new Float32Array(bits.buffer)
  if (dy === undefined) computeForward(activation, x, values)
  else computeBackward(activation, x, dy, values)
  rounded.set(values)
  // JavaScript keeps no payload of a NaN, and forward() need not be asked about one.
  const xBits = bitsView(x)
  const dyBits = dy && bitsView(dy)
  const direction = dy === undefined ? 'forward' : 'backward'
  for (let i = 0; i < bits.length; i++) {
    if (!isNaNBits(bits[i]!) && !isNaNBits(xBits[i]!)) continue
    bits[i] = referenceBits(activation, direction, xBits[i]!, dyBits?.[i] ?? 0)
    values[i] = floatOf(bits[i]!)
  }
  return { x, dy, values, bits }
}

function computeForward({ reference }: Activation, x: Float32Array, values: Float64Array): void {
  const { forward } = reference
  for (let i = 0; i < x.length; i++) values[i] = forward(x[i]!)
}

function computeBackward(
  { reference, zeroWhereShut }: Activation,
  x: Float32Array,
  dy: Float32Array,
  values: Float64Array,
): void {
  const { derivative } = reference
  for (let i = 0; i < x.length; i++) {
    const slope = derivative(x[i]!)
    values[i] = zeroWhereShut && slope === 0 ? 0 : dy[i]! * slope
  }
}
