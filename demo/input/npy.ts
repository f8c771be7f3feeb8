import { FileError } from './input.ts'

// The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
const MAGIC = '\x93NUMPY'
const SUPPORTED = "A .npy of float32 (dtype '<f4') is supported: numpy.save(file, array.astype('<f4'))."

const DTYPES: Readonly<Record<string, string>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
  c8: 'complex64',
  c16: 'complex128',
}

export interface NpyArray {
  readonly values: Float32Array<ArrayBuffer>
  readonly shape: readonly number[]
}

/** Whether a file begins as a .npy does. */
export function isNpy(bytes: Uint8Array): boolean {
  return latin1(bytes.subarray(0, MAGIC.length)) === MAGIC
}

/** Reads a .npy of float32, of any shape and order. @throws FileError naming what was found instead */
export function readNpy(name: string, file: ArrayBuffer): NpyArray {
  const bytes = new Uint8Array(file)
  if (!isNpy(bytes)) throw new FileError(`${name} is not a .npy file. ${SUPPORTED}`)
  const { header, dataOffset } = readHeader(name, bytes)

  const dtype = /'descr'\s*:\s*(?:'([^']*)'|(\[))/.exec(header)
  if (dtype === null) throw new FileError(`${name} has a .npy header without a dtype. ${SUPPORTED}`)
  if (dtype[1] !== '<f4') {
    const found = dtype[1] === undefined ? 'a structured dtype' : describe(dtype[1])
    throw new FileError(`${name} holds ${found}. ${SUPPORTED}`)
  }
  const dimensions = /'shape'\s*:\s*\(([\s\dL,]*)\)/.exec(header)
  if (dimensions === null) throw new FileError(`${name} has a .npy header without a shape. ${SUPPORTED}`)
  const shape = (dimensions[1]!.match(/\d+/g) ?? []).map(Number)
  const length = shape.reduce((product, dimension) => product * dimension, 1)
  const shapeText = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`
  if (length === 0) throw new FileError(`${name} has the shape ${shapeText}: it holds no values.`)
  const available = bytes.length - dataOffset
  if (available < length * 4) {
    throw new FileError(
      `${name} is cut short: the shape ${shapeText} needs ${length * 4} bytes of data, it has ${available}.`,
    )
  }
  // Copied, because a view needs an offset that is a multiple of 4, which only newer headers are padded for.
  return { values: new Float32Array(file.slice(dataOffset, dataOffset + length * 4)), shape }
}

function readHeader(name: string, bytes: Uint8Array): { header: string; dataOffset: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = bytes[6]
  if (version === undefined || version < 1 || version > 3) {
    throw new FileError(`${name} is a .npy of version ${version ?? '(missing)'}; versions 1, 2 and 3 are supported.`)
  }
  const start = version === 1 ? 10 : 12
  if (bytes.length < start) throw new FileError(`${name} is cut short: it ends inside its header.`)
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (bytes.length < start + length) throw new FileError(`${name} is cut short: it ends inside its header.`)
  return { header: latin1(bytes.subarray(start, start + length)), dataOffset: start + length }
}

function describe(dtype: string): string {
  const type = DTYPES[dtype.slice(1)]
  const order = dtype.startsWith('>') ? 'big-endian ' : ''
  return type === undefined ? `the dtype '${dtype}'` : `${order}${type} ('${dtype}')`
}

// Not TextDecoder: its latin1 is windows-1252 in browsers. Version 3 is UTF-8, but only for the fields of structures.
function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, byte => String.fromCharCode(byte)).join('')
}
