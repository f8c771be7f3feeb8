import { LARGEST_FLOAT32 } from '../../support/bits.ts'

// Numbers that kernels find in their uniforms beside the parameters themselves.

const EXPONENT_OF_NORMAL = -126

/**
 * The largest magnitude of b for which factor * b, or b itself, may lie below the normal float32 numbers, which a driver may
 * flush: shaders/numerics/exact-product.wgsl recomputes those in integers. None is where the factor is 0, and all are where it is subnormal.
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
 * ln(2) / rate as the sum of two float32, of which the first has 16 significant bits: its products with small integers are
 * exact, so that a kernel can reduce the argument of exp(rate * x) before it multiplies by the rate.
 */
export function splitPeriod(rate: number): [high: number, low: number] {
  const period = Math.LN2 / rate
  float[0] = period
  word[0]! &= 0xffffff00
  const high = float[0]
  return [high, Math.fround(period - high)]
}
