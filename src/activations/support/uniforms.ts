import { LARGEST_FLOAT32 } from '../../support/bits.ts'

// Values derived from parameters, which kernels read from their uniforms.

const EXPONENT_OF_NORMAL = -126

/**
 * The largest |b| for which b or factor * b may be subnormal. A driver may flush subnormals, so shaders/numerics/exact-product.wgsl
 * recomputes such products in integers. The result is 0 for the factor 0, and the largest float32 for a subnormal factor.
 */
export function largestNeedingExact(factor: number): number {
  const magnitude = Math.abs(factor)
  if (magnitude === 0) return 0
  if (magnitude < 2 ** EXPONENT_OF_NORMAL) return LARGEST_FLOAT32
  return 2 ** (EXPONENT_OF_NORMAL - Math.min(0, Math.floor(Math.log2(magnitude))))
}

const word = new Uint32Array(1)
const float = new Float32Array(word.buffer)

/**
 * ln(2) / rate as the sum of two float32. The first has 16 significant bits: its products with small integers are
 * exact, so that a kernel can reduce the argument of exp(rate * x) before it multiplies by the rate.
 */
export function splitPeriod(rate: number): [high: number, low: number] {
  const period = Math.LN2 / rate
  float[0] = period
  word[0]! &= 0xffffff00
  const high = float[0]
  return [high, Math.fround(period - high)]
}

/**
 * The places where the line slope * x + offset, of a positive slope, leaves 0 and reaches 1.
 *
 * @returns `zero + rest`: where it is 0, the float32 nearest to it and the rest; `one`: the least float32 where it is 1 or more
 */
export function crossingsOf(slope: number, offset: number): { zero: number; rest: number; one: number } {
  // Adding 0 turns -0 into +0.
  const zero = Math.fround(-offset / slope) + 0
  // Exact but for the quotient: the product has 48 bits, and cancels the offset.
  const rest = Math.fround(-(slope * zero + offset) / slope) + 0
  const nearest = Math.fround((1 - offset) / slope)
  const product = slope * nearest
  // Exact in this order: of a small offset the difference from 1 would have too many bits.
  const excess = Math.abs(offset) < 0.25 ? product - 1 + offset : offset - 1 + product
  float[0] = nearest
  if (excess < 0) word[0]! += nearest < 0 ? -1 : 1
  // Below both zeros, where the least one is a zero.
  return { zero, rest, one: float[0] === 0 ? -0 : float[0] }
}
