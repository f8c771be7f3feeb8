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
