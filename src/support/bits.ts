// Conversions between numbers and the bits of float32. Bits keep the payload of a NaN and the sign of a zero.

export const INFINITY_BITS = 0x7f800000
const QUIET_NAN_BITS = 0x7fc00000
export const SMALLEST_NORMAL_BITS = 0x00800000
export const SMALLEST_NORMAL = 2 ** -126
export const SMALLEST_SUBNORMAL = 2 ** -149
export const LARGEST_FLOAT32 = (2 - 2 ** -23) * 2 ** 127

const word = new Int32Array(1)
const float = new Float32Array(word.buffer)

export function floatOf(bits: number): number {
  word[0] = bits
  return float[0]!
}

/** The bits of a number rounded to float32. Every NaN becomes the quiet one. */
export function bitsOf(value: number): number {
  if (Number.isNaN(value)) return QUIET_NAN_BITS
  float[0] = value
  return word[0]!
}

export function isNaNBits(bits: number): boolean {
  return (bits & 0x7fffffff) > INFINITY_BITS
}

/** The bits of a float32 array: a view, not a copy. */
export function bitsView(array: Float32Array): Int32Array {
  return new Int32Array(array.buffer, array.byteOffset, array.length)
}

/** The bytes of an array: a view, not a copy. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
