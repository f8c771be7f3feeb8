// Formats of tensor elements. All arithmetic is in float32; results in float16 and bfloat16 are rounded from it once,
// to nearest even. Conversions work on bits, because a NaN may lose its payload as a JavaScript number.

/**
 * The format of the elements of a tensor: float32, float16 (IEEE 754 binary16), bfloat16 (the upper half of a float32),
 * or int32, which relu, relu6, clamp, hardTanh and threshold take.
 */
export type Format = 'f32' | 'f16' | 'bf16' | 'i32'

/** The formats of 16 bits. */
export type HalfFormat = 'f16' | 'bf16'

/** The formats of floats. */
export type FloatFormat = 'f32' | HalfFormat

/** Floats in their format. */
export type FloatArray = Float32Array | Uint16Array

/** Elements in their format: float16 and bfloat16 as their bits. */
export type Elements = Float32Array | Uint16Array | Int32Array

export const BYTES_PER_ELEMENT: Readonly<Record<Format, number>> = { f32: 4, f16: 2, bf16: 2, i32: 4 }

interface Words {
  /** Converts the bits of an element to those of the float32 of equal value. A NaN keeps its payload. */
  readonly toFloat32: (word: number) => number
  /**
   * Rounds the bits of a float32 to the format. A NaN keeps the upper bits of its payload; if those are all 0 the quiet
   * bit is set, so that the result is NaN.
   */
  readonly fromFloat32: (bits: number) => number
  readonly magnitude: number
  /** The bits of Infinity. The magnitude of a NaN is larger. */
  readonly infinity: number
}

const unchanged = (word: number): number => word

/** The conversions of each format. Integers stay unchanged. */
export const WORDS: Readonly<Record<Format, Words>> = {
  f32: { toFloat32: unchanged, fromFloat32: unchanged, magnitude: 0x7fffffff, infinity: 0x7f800000 },
  f16: { toFloat32: fromFloat16, fromFloat32: toFloat16, magnitude: 0x7fff, infinity: 0x7c00 },
  bf16: { toFloat32: word => word << 16, fromFloat32: toBFloat16, magnitude: 0x7fff, infinity: 0x7f80 },
  i32: { toFloat32: unchanged, fromFloat32: unchanged, magnitude: 0x7fffffff, infinity: 0x7fffffff },
}

/** The bits of elements: a view, not a copy. */
export function wordsOf(elements: Elements): Int32Array | Uint16Array {
  if (!(elements instanceof Float32Array)) return elements
  return new Int32Array(elements.buffer, elements.byteOffset, elements.length)
}

/** Widens float16 or bfloat16, given as bits, to float32: exact, NaN with its payload. */
export function toFloat32(format: HalfFormat, words: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Int32Array(words.length)
  const widen = WORDS[format].toFloat32
  for (let i = 0; i < bits.length; i++) bits[i] = widen(words[i]!)
  return new Float32Array(bits.buffer)
}

/** As {@link toFloat32}; float32 stays the same array. */
export function asFloat32(format: FloatFormat, elements: FloatArray): Float32Array {
  return format === 'f32' ? (elements as Float32Array) : toFloat32(format, elements as Uint16Array)
}

/** Rounds float32 to float16 or bfloat16, to nearest even, and writes the bits of each element. */
export function fromFloat32(format: HalfFormat, elements: Float32Array, words: Uint16Array): void {
  const bits = new Int32Array(elements.buffer, elements.byteOffset, elements.length)
  const round = WORDS[format].fromFloat32
  for (let i = 0; i < bits.length; i++) words[i] = round(bits[i]!)
}

function fromFloat16(word: number): number {
  const sign = (word & 0x8000) << 16
  const magnitude = word & 0x7fff
  if (magnitude >= 0x7c00) return sign | 0x7f800000 | ((magnitude & 0x3ff) << 13)
  if (magnitude >= 0x400) return sign | ((magnitude << 13) + 0x38000000)
  if (magnitude === 0) return sign
  // A subnormal is a multiple of 2^-24.
  const exponent = 31 - Math.clz32(magnitude)
  return sign | (((exponent + 102) << 23) + (magnitude << (23 - exponent)))
}

function toFloat16(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) {
    const payload = (bits >>> 13) & 0x3ff
    return ((bits >>> 16) & 0x8000) | 0x7c00 | (payload === 0 ? 0x200 : payload)
  }
  const sign = (bits >>> 16) & 0x8000
  const exponent = (bits >>> 23) & 0xff
  if (exponent >= 143) return sign | 0x7c00
  const isNormal = exponent >= 113
  const significand = (bits & 0x7fffff) | 0x800000
  const places = isNormal ? 13 : Math.min(126 - exponent, 31)
  const isOdd = (significand >>> places) & 1
  const rounded = (significand + ((1 << places) >>> 1) - 1 + isOdd) >>> places
  return (sign | (isNormal ? (exponent - 113) << 10 : 0)) + rounded
}

function toBFloat16(bits: number): number {
  const upper = bits >>> 16
  if ((bits & 0x7fffffff) > 0x7f800000) return (upper & 0x7f) === 0 ? upper | 0x40 : upper
  return (bits + 0x7fff + (upper & 1)) >>> 16
}
