const word = new Int32Array(1)
const float = new Float32Array(word.buffer)

/** The float32 of these bits. */
export function floatOf(bits: number): number {
  word[0] = bits
  return float[0]!
}

/** The bits of the elements: a view, not a copy. */
export function bitsView(array: Float32Array): Int32Array {
  return new Int32Array(array.buffer, array.byteOffset, array.length)
}

/** The number of float32 steps between two values, given as bits: 1 between neighbours, Infinity between NaN and a number. */
export function ulpDistance(a: number, b: number): number {
  if (isNaNBits(a) || isNaNBits(b)) return isNaNBits(a) && isNaNBits(b) ? 0 : Infinity
  return Math.abs(ordered(a) - ordered(b))
}

function isNaNBits(bits: number): boolean {
  return (bits & 0x7fffffff) > 0x7f800000
}

/** An integer that rises with the value; it is 0 for both zeros. */
function ordered(bits: number): number {
  const magnitude = bits & 0x7fffffff
  return (bits | 0) < 0 ? -magnitude : magnitude
}
