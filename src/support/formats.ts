// How the elements of a tensor are stored. Everything is computed in float32; float16 and bfloat16 are rounded from it
// once, to nearest even. Conversions work on bits, since a NaN that passes through a number may lose its payload.

/**
 * How the elements of a tensor are stored: float32, float16 (IEEE 754 binary16), bfloat16 (the upper half of a float32),
 * or integers of 32 bits, which relu alone takes.
 */
export type Format = 'f32' | 'f16' | 'bf16' | 'i32'

/** The formats of 16 bits. */
export type HalfFormat = 'f16' | 'bf16'

/** Elements in their format: float16 and bfloat16 as their bits. */
export type Elements = Float32Array | Uint16Array | Int32Array

/** How many bytes an element has. */
export const BYTES_PER_ELEMENT: Readonly<Record<Format, number>> = { f32: 4, f16: 2, bf16: 2, i32: 4 }

/** How the bits of one element are read. */
interface Words {
  /** The bits of the float32 that has the same value, or of the NaN that has the same payload. */
  readonly toFloat32: (word: number) => number
  /**
   * The bits of what a float32, given as bits, is rounded to. Of the payload of a NaN the upper bits remain; where none of
   * them is set the quiet bit is, so that it stays NaN.
   */
  readonly fromFloat32: (bits: number) => number
  /** Masks off the sign. */
  readonly magnitude: number
  /** The magnitude of Infinity: NaNs are above it. */
  readonly infinity: number
}

const unchanged = (word: number): number => word

/** The words of each format. Integers are left as they are. */
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
  const elements = new Float32Array(words.length)
  const bits = new Int32Array(elements.buffer)
  if (format === 'bf16') {
    for (let i = 0; i < bits.length; i++) bits[i] = words[i]! << 16
  } else {
    everyFloat16 ??= Int32Array.from({ length: 2 ** 16 }, (_, word) => fromFloat16(word))
    const table = everyFloat16
    for (let i = 0; i < bits.length; i++) bits[i] = table[words[i]!]!
  }
  return elements
}

let everyFloat16: Int32Array | undefined

/** Rounds float32 to float16 or bfloat16, to nearest even, and writes the bits: as many as there are elements. */
export function fromFloat32(format: HalfFormat, elements: Float32Array, words: Uint16Array): void {
  const bits = new Int32Array(elements.buffer, elements.byteOffset, elements.length)
  if (format === 'bf16') for (let i = 0; i < bits.length; i++) words[i] = toBFloat16(bits[i]!)
  else for (let i = 0; i < bits.length; i++) words[i] = toFloat16(bits[i]!)
}

function fromFloat16(word: number): number {
  const sign = (word & 0x8000) << 16
  const magnitude = word & 0x7fff
  if (magnitude >= 0x7c00) return sign | 0x7f800000 | ((magnitude & 0x3ff) << 13)
  if (magnitude >= 0x400) return sign | ((magnitude << 13) + 0x38000000)
  if (magnitude === 0) return sign
  // A subnormal: so many units of 2^-24.
  const exponent = 31 - Math.clz32(magnitude)
  return sign | (((exponent + 102) << 23) + (magnitude << (23 - exponent)))
}

function toFloat16(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) {
    const payload = (bits >>> 13) & 0x3ff
    return ((bits >>> 16) & 0x8000) | 0x7c00 | (payload === 0 ? 0x200 : payload)
  }
  const { base, shift } = (scales ??= makeScales())
  const signAndExponent = bits >>> 23
  const significand = (bits & 0x7fffff) | 0x800000
  const places = shift[signAndExponent]!
  const isOdd = (significand >>> places) & 1
  return base[signAndExponent]! + ((significand + ((1 << places) >>> 1) - 1 + isOdd) >>> places)
}

// By the sign and the exponent of a float32: what is added to its significand, and by how many places that is shifted
// before. A table, because a processor would guess a branch wrong as often as not where zeros and others take turns.
let scales: { readonly base: Uint16Array; readonly shift: Uint8Array } | undefined

function makeScales(): NonNullable<typeof scales> {
  const base = new Uint16Array(512)
  const shift = new Uint8Array(512)
  for (let i = 0; i < 512; i++) {
    const sign = (i >> 8) << 15
    const exponent = i & 0xff
    if (exponent >= 143) {
      base[i] = sign | 0x7c00
      shift[i] = 31
    } else if (exponent >= 113) {
      base[i] = sign | ((exponent - 113) << 10)
      shift[i] = 13
    } else {
      base[i] = sign
      shift[i] = Math.min(126 - exponent, 31)
    }
  }
  return { base, shift }
}

function toBFloat16(bits: number): number {
  const upper = bits >>> 16
  if ((bits & 0x7fffffff) > 0x7f800000) return (upper & 0x7f) === 0 ? upper | 0x40 : upper
  return (bits + 0x7fff + (upper & 1)) >>> 16
}
