const EXPONENT_OF_NORMAL = -126
const LARGEST = (2 - 2 ** -23) * 2 ** 127

/**
 * The largest magnitude of b for which factor * b, or b itself, may lie below the normal float32 numbers, which a driver may
 * flush: what shaders/numerics/exact-product.wgsl takes for doubtful. None is where the factor is 0, and all are where it is subnormal.
 */
export function largestInDoubt(factor: number): number {
  const magnitude = Math.abs(factor)
  if (magnitude === 0) return 0
  if (magnitude < 2 ** EXPONENT_OF_NORMAL) return LARGEST
  return 2 ** (EXPONENT_OF_NORMAL - Math.min(0, Math.floor(Math.log2(magnitude))))
}
