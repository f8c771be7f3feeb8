import { shorten } from '../support/format.ts'
import { FileError } from './input.ts'
import { LiteralError, parsePythonLiteral, PythonTuple, type PythonValue } from './python-literal.ts'
import { decodeTensor, ELEMENT_TYPES, lengthOf, type StoredTensor, type TypeName } from './tensor.ts'

// The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
const MAGIC = '\x93NUMPY'
/** The limit of numpy.load. */
const LONGEST_HEADER = 10_000
/** The most bytes that a header and its prefix take. */
export const NPY_BEGINNING = 12 + LONGEST_HEADER

const AS_FLOAT32 = "numpy.save(file, array.astype('float32'))"
const SAVE_AGAIN = `Save it again: ${AS_FLOAT32}.`

export interface NpyArray {
  /** The elements in the order of the file. */
  readonly values: Float32Array<ArrayBuffer>
  readonly shape: readonly number[]
  /** True where the first axis varies fastest. */
  readonly isFortranOrder: boolean
}

/** True for a file that begins as a .npy does. */
export function isNpy(bytes: Uint8Array): boolean {
  return latin1(bytes.subarray(0, MAGIC.length)) === MAGIC
}

/** Reads a whole .npy, as float32. @throws FileError that names the unsupported or damaged part */
export function readNpy(name: string, file: ArrayBuffer): NpyArray {
  const tensor = parseNpy(name, new Uint8Array(file, 0, Math.min(file.byteLength, NPY_BEGINNING)), file.byteLength)
  const { type, offset, length, shape, isFortranOrder } = tensor
  const data = file.slice(offset, offset + length * ELEMENT_TYPES[type].bytes)
  return { values: decodeTensor(tensor, data), shape, isFortranOrder }
}

/**
 * Locates the array of a .npy.
 *
 * @param beginning the first NPY_BEGINNING bytes, or all of the file's `size`
 * @throws FileError that names the unsupported or damaged part
 */
export function parseNpy(name: string, beginning: Uint8Array, size: number): StoredTensor {
  if (!isNpy(beginning)) throw new FileError(`${name} is not a .npy file. ${SAVE_AGAIN}`)
  const { text, offset } = readHeader(name, beginning, size)
  const { descr, shape, isFortranOrder } = readDictionary(name, text)
  const { type, isBigEndian } = readDtype(name, descr)

  const length = lengthOf(shape)
  const shown = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`
  if (length === 0) throw new FileError(`${name} has the shape ${shown}: it holds no values. Save an array that does.`)
  const available = size - offset
  const needed = length === undefined ? undefined : length * ELEMENT_TYPES[type].bytes
  if (length === undefined || needed! > available) {
    const much = needed === undefined ? `more than ${Number.MAX_SAFE_INTEGER}` : needed
    throw new FileError(
      `${name} is cut short: the shape ${shown} needs ${much} bytes of data, it has ${available}. Save or copy it again.`,
    )
  }
  return { type, isBigEndian, isFortranOrder, shape, length, offset }
}

function readHeader(name: string, bytes: Uint8Array, size: number): { text: string; offset: number } {
  const [major, minor] = bytes.subarray(6)
  if (major === undefined || major < 1 || major > 3 || (minor ?? 0) !== 0) {
    const version = major === undefined ? '(missing)' : minor ? `${major}.${minor}` : major
    throw new FileError(`${name} is a .npy of version ${version}; versions 1, 2 and 3 are supported. ${SAVE_AGAIN}`)
  }
  const cut = `${name} is cut short: it ends inside its header. Save or copy it again.`
  const start = major === 1 ? 10 : 12
  if (size < start) throw new FileError(cut)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (size < start + length) throw new FileError(cut)
  if (length > LONGEST_HEADER) {
    throw new FileError(
      `${name} has a header of ${length} bytes, and ${LONGEST_HEADER} at most are read. ${SAVE_AGAIN}`,
    )
  }
  const header = bytes.subarray(start, start + length)
  return { text: major === 3 ? new TextDecoder().decode(header) : latin1(header), offset: start + length }
}

/** Reads a header as numpy.load does: a Python literal with exactly three keys. */
function readDictionary(
  name: string,
  text: string,
): { descr: PythonValue; shape: readonly number[]; isFortranOrder: boolean } {
  const refuse = (what: string): never => {
    throw new FileError(`${name} has a .npy header ${what}: ${shorten(text.trim())}. ${SAVE_AGAIN}`)
  }
  let header: PythonValue
  try {
    header = parsePythonLiteral(text)
  } catch (error) {
    if (!(error instanceof LiteralError)) throw error
    const rest = JSON.stringify(shorten(text.slice(error.position).trim()))
    return refuse(`that cannot be read from ${rest} on`)
  }
  if (!(header instanceof Map)) return refuse('that is no dict')
  const dictionary = header as ReadonlyMap<PythonValue, PythonValue>
  const [descr, fortranOrder, shape] = ['descr', 'fortran_order', 'shape'].map(key => dictionary.get(key))
  if (descr === undefined) return refuse('without a dtype')
  if (shape === undefined) return refuse('without a shape')
  if (typeof fortranOrder !== 'boolean') return refuse('without a fortran_order of True or False')
  if (dictionary.size > 3) return refuse('with other keys than descr, fortran_order and shape')
  const dimensions = shape instanceof PythonTuple ? shape.items : []
  const isCount = (value: PythonValue): value is number => typeof value === 'number' && value >= 0
  if (!(shape instanceof PythonTuple) || !dimensions.every(isCount)) {
    return refuse('whose shape is no tuple of whole numbers from 0')
  }
  return { descr, shape: dimensions, isFortranOrder: fortranOrder }
}

/** NumPy's codes of its types, without the prefix for the byte order. */
const CODES: Readonly<Partial<Record<TypeName, readonly string[]>>> = {
  float16: ['f2', 'e'],
  float32: ['f4', 'f'],
  float64: ['f8', 'd'],
  bool: ['b1', '?'],
  int8: ['i1', 'b'],
  int16: ['i2', 'h'],
  int32: ['i4', 'i'],
  int64: ['i8', 'q'],
  uint8: ['u1', 'B'],
  uint16: ['u2', 'H'],
  uint32: ['u4', 'I'],
  uint64: ['u8', 'Q'],
}
const TYPES = Object.keys(CODES) as TypeName[]

/** Further names of types. A name has no prefix for the byte order. */
const NAMES = new Map<string, TypeName>([
  ['half', 'float16'],
  ['single', 'float32'],
  ['double', 'float64'],
  ['float', 'float64'],
])

/** The unsupported dtypes, each with a fix. */
const UNREADABLE: readonly (readonly [dtype: RegExp, what: string, fix: string])[] = [
  [/^(c(8|16)|[FD])$/, 'complex numbers', 'Save a part of them: numpy.save(file, array.real).'],
  [/^(f(12|16)|c(24|32)|[gG])$/, 'numbers longer than float64', SAVE_AGAIN],
  [/^([USa]\d*|T)$/, 'text', `Where each is a number: ${AS_FLOAT32}.`],
  [/^O8?$/, 'Python objects', `Where each is a number: ${AS_FLOAT32}.`],
  [/^V\d*$/, 'bytes of which it does not say what they are', `Where they are bfloat16: ${AS_FLOAT32}.`],
  [/^[Mm]8?(\[.*\])?$/, 'dates or times', "Save their numbers: numpy.save(file, array.astype('int64'))."],
]

function readDtype(name: string, descr: PythonValue): { type: TypeName; isBigEndian: boolean } {
  if (Array.isArray(descr)) {
    const names = (descr as readonly PythonValue[])
      .map(field => (field instanceof PythonTuple ? field.items[0] : undefined))
      .filter((field): field is string => typeof field === 'string' && field !== '')
    const which = names.length === 0 ? '' : ` (${shorten(names.join(', '))})`
    const field = JSON.stringify(names[0] ?? 'field')
    throw new FileError(
      `${name} holds a structured dtype${which}. Save a field of it: numpy.save(file, array[${field}]).`,
    )
  }
  if (typeof descr !== 'string') throw new FileError(`${name} has a dtype that is no text and no list. ${SAVE_AGAIN}`)
  const [, order, code] = /^([<>=|]?)([^]*)$/.exec(descr)!
  const type = TYPES.find(known => CODES[known]!.includes(code!))
  // Without a prefix the byte order is that of the machine that wrote the file, nearly always little-endian.
  if (type !== undefined) return { type, isBigEndian: order === '>' }
  const named = TYPES.find(known => known === descr) ?? NAMES.get(descr)
  if (named !== undefined) return { type: named, isBigEndian: false }
  const shown = `'${shorten(descr)}'`
  const [, what, fix] = UNREADABLE.find(([dtype]) => dtype.test(code!)) ?? []
  throw new FileError(
    `${name} holds ${what === undefined ? `the dtype ${shown}` : `${what} (${shown})`}. ${fix ?? SAVE_AGAIN}`,
  )
}

// Not TextDecoder: its latin1 is windows-1252 in browsers.
function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, byte => String.fromCharCode(byte)).join('')
}
