import { LARGEST_SIZE } from '../state/choices.ts'
import { formatElements, formatWhole } from '../support/format.ts'
import { FileError, fromArray, type Input } from './input.ts'

/** A type of stored elements, with its conversion to float32. */
export interface ElementType {
  readonly bytes: number
  /** Converts little-endian elements to float32: exactly, or rounded once, to nearest even. */
  readonly decode: (data: ArrayBuffer) => Float32Array<ArrayBuffer>
  /** True where float32 cannot represent all elements. */
  readonly isRounded?: true
}

/** The supported types, by NumPy's names. */
export const ELEMENT_TYPES = {
  float16: { bytes: 2, decode: data => widenFloat16(new Uint16Array(data)) },
  bfloat16: { bytes: 2, decode: data => widenBFloat16(new Uint16Array(data)) },
  float32: { bytes: 4, decode: data => new Float32Array(data) },
  float64: { bytes: 8, decode: data => new Float32Array(new Float64Array(data)), isRounded: true },
  bool: { bytes: 1, decode: data => Float32Array.from(new Uint8Array(data), byte => (byte === 0 ? 0 : 1)) },
  int8: { bytes: 1, decode: data => new Float32Array(new Int8Array(data)) },
  int16: { bytes: 2, decode: data => new Float32Array(new Int16Array(data)) },
  int32: { bytes: 4, decode: data => new Float32Array(new Int32Array(data)), isRounded: true },
  int64: { bytes: 8, decode: data => roundIntegers(new Int32Array(data)), isRounded: true },
  uint8: { bytes: 1, decode: data => new Float32Array(new Uint8Array(data)) },
  uint16: { bytes: 2, decode: data => new Float32Array(new Uint16Array(data)) },
  uint32: { bytes: 4, decode: data => new Float32Array(new Uint32Array(data)), isRounded: true },
  uint64: { bytes: 8, decode: data => roundIntegers(new Uint32Array(data)), isRounded: true },
} as const satisfies Readonly<Record<string, ElementType>>

export type TypeName = keyof typeof ELEMENT_TYPES

/** A contiguous tensor in a file. */
export interface StoredTensor {
  readonly type: TypeName
  readonly isBigEndian: boolean
  /** True where the first axis varies fastest, false where the last one does. */
  readonly isFortranOrder: boolean
  readonly shape: readonly number[]
  /** The number of elements, at least one. */
  readonly length: number
  /** The byte offset in the file. */
  readonly offset: number
}

/** The number of elements of a shape; undefined above Number.MAX_SAFE_INTEGER. */
export function lengthOf(shape: readonly number[]): number | undefined {
  if (shape.includes(0)) return 0
  const length = shape.reduce((product, dimension) => product * dimension, 1)
  return Number.isSafeInteger(length) ? length : undefined
}

/** `float64, rounded to float32, 2 × 3`. */
export function describeTensor({ type, shape }: Pick<StoredTensor, 'type' | 'shape'>): string {
  const isRounded = 'isRounded' in ELEMENT_TYPES[type]
  return `${type}${isRounded ? ', rounded to float32' : ''}, ${describeShape(shape)}`
}

export function describeShape(shape: readonly number[]): string {
  return shape.length === 0 ? 'a scalar' : shape.map(formatWhole).join(' × ')
}

/** The elements of a tensor in the order of the file, as float32. Overwrites `data` where it is big-endian. */
export function decodeTensor({ type, isBigEndian }: StoredTensor, data: ArrayBuffer): Float32Array<ArrayBuffer> {
  const { bytes, decode } = ELEMENT_TYPES[type]
  if (isBigEndian) reverseBytes(new Uint8Array(data), bytes)
  return decode(data)
}

/**
 * Reads a whole tensor of a file, with the last axis varying fastest.
 *
 * @throws FileError above LARGEST_SIZE elements: a file may be larger than the memory
 */
export async function readRowMajor(
  file: Blob,
  title: string,
  tensor: StoredTensor,
): Promise<Float32Array<ArrayBuffer>> {
  const { type, length, offset, shape, isFortranOrder } = tensor
  if (length > LARGEST_SIZE) {
    const has = `${title} has ${formatElements(length)} elements, and ${formatElements(LARGEST_SIZE)} at most are read`
    throw new FileError(`${has}. Save a part of it.`)
  }
  const data = await file.slice(offset, offset + length * ELEMENT_TYPES[type].bytes).arrayBuffer()
  const values = decodeTensor(tensor, data)
  return isFortranOrder ? fromFortranOrder(values, shape) : values
}

/** Reads a tensor of a file as an input, in the order of the file, up to LARGEST_SIZE elements: a file may be larger than the memory. */
export async function readTensor(file: Blob, title: string, tensor: StoredTensor): Promise<Input> {
  const { type, length, offset } = tensor
  const used = Math.min(length, LARGEST_SIZE)
  const data = await file.slice(offset, offset + used * ELEMENT_TYPES[type].bytes).arrayBuffer()
  const cut = used === length ? '' : `, the first ${formatElements(used)} elements`
  return fromArray(`${title}, ${describeTensor(tensor)}${cut}`, decodeTensor(tensor, data))
}

/** Orders elements of which the first axis varies fastest, so that the last one does. */
function fromFortranOrder(values: Float32Array<ArrayBuffer>, shape: readonly number[]): Float32Array<ArrayBuffer> {
  // An axis of length 1 has no order.
  const long = shape.filter(length => length > 1)
  if (long.length < 2) return values
  const ordered = new Float32Array(values.length)
  const place = long.map(() => 0)
  const strides = long.map((_, axis) => long.slice(0, axis).reduce((product, length) => product * length, 1))
  let from = 0
  for (let to = 0; to < ordered.length; to++) {
    ordered[to] = values[from]!
    for (let axis = long.length - 1; axis >= 0; axis--) {
      from += strides[axis]!
      if (++place[axis]! < long[axis]!) break
      from -= strides[axis]! * long[axis]!
      place[axis] = 0
    }
  }
  return ordered
}

function reverseBytes(data: Uint8Array, bytesPerElement: number): void {
  for (let start = 0; start < data.length; start += bytesPerElement) {
    for (let i = start, j = start + bytesPerElement - 1; i < j; i++, j--) {
      const byte = data[i]!
      data[i] = data[j]!
      data[j] = byte
    }
  }
}

function widenFloat16(words: Uint16Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(words.length)
  for (const [i, word] of words.entries()) {
    const sign = word >> 15 === 0 ? 1 : -1
    const exponent = (word >> 10) & 0x1f
    const fraction = word & 0x3ff
    if (exponent === 0x1f) values[i] = fraction === 0 ? sign * Infinity : NaN
    else values[i] = sign * (exponent === 0 ? fraction * 2 ** -24 : (0x400 + fraction) * 2 ** (exponent - 25))
  }
  return values
}

function widenBFloat16(words: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(words.length)
  for (const [i, word] of words.entries()) bits[i] = word << 16
  return new Float32Array(bits.buffer)
}

/** Rounds integers of 64 bits. @param words their halves; the type of the upper ones says whether the integers are signed */
function roundIntegers(words: Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const unsigned = new Uint32Array(words.buffer)
  const values = new Float32Array(words.length / 2)
  for (let i = 0; i < values.length; i++) {
    const upper = words[2 * i + 1]!
    let lower = unsigned[2 * i]!
    // A double on the way would round some integers twice. So the bits that a double cannot hold become one odd bit, far below
    // the last bit of a float32, which rounds to the same side.
    if (Math.abs(upper) >= 2 ** 21 && (lower & 0x7ff) !== 0) lower = ((lower & ~0x7ff) | 0x800) >>> 0
    values[i] = upper * 2 ** 32 + lower
  }
  return values
}
