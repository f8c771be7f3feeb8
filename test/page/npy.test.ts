import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FileError } from '../../demo/input/input.ts'
import { type NpyArray, readNpy } from '../../demo/input/npy.ts'
import { arrayBuffer, float32Bytes, npy, tensorFile } from './files.ts'
import expected from './tensor-files/expected.json' with { type: 'json' }

const HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
const DATA = float32Bytes([1, -2])
const read = (header: string, data = DATA, version = 1) => readNpy('a.npy', arrayBuffer(npyOf(header, data, version)))

/** A .npy with a header as it stands, not padded. */
function npyOf(header: string, data: Uint8Array, version = 1): Buffer {
  const text = Buffer.from(header, version === 3 ? 'utf8' : 'latin1')
  const start = Buffer.alloc(version === 1 ? 10 : 12)
  start.write('\x93NUMPY', 'latin1')
  start[6] = version
  if (version === 1) start.writeUInt16LE(text.length, 8)
  else start.writeUInt32LE(text.length, 8)
  return Buffer.concat([start, text, data])
}

test.each(Object.entries(expected).filter(([name]) => name.endsWith('.npy')))(
  'what NumPy has written or read: %s',
  (name, { shape, float32 }) => {
    const array = readNpy(name, arrayBuffer(tensorFile(name)))
    expect(array.shape.join()).toBe(shape)
    expect(Buffer.from(array.values.buffer).toString('hex')).toBe(float32)
  },
)

test.each([1, 2, 3])('version %i: its values, its shape, and what follows the data is left', version => {
  const file = npy(float32Bytes([1.5, -2, 0, -0, Infinity, NaN, 7]), '(2, 3)', "'<f4'", version)
  const { values, shape } = readNpy('a.npy', arrayBuffer(file))
  expect(values).toEqual(Float32Array.of(1.5, -2, 0, -0, Infinity, NaN))
  expect(shape).toEqual([2, 3])
})

// numpy.load reads each of these.
test.each([
  ['double quotes', '{"descr": "<f4", "fortran_order": False, "shape": (2,)}'],
  ['three quotes', `{'''descr''': """<f4""", 'fortran_order': False, 'shape': (2,)}`],
  ['Python 2', "{u'descr': u'<f4', u'fortran_order': False, u'shape': (2L,)}"],
  ['raw strings', "{r'descr': R'<f4', 'fortran_order': False, 'shape': (2,)}"],
  ['escapes', String.raw`{'d\x65scr': '\74f\u0034', 'fortran\137order': False, '\U00000073hape': (2,)}`],
  ['strings in parts', `{'de' "scr": ('<' 'f4'), 'fortran_order': False, 'shape': (2,)}`],
  ['another order', "{'shape': (2,), 'descr': '<f4', 'fortran_order': True}"],
  ['a key twice', "{'descr': '<f8', 'shape': (9,), 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}"],
  ['lines and comments', "\n {\t'descr' :\r\n'<f4'\f, # little-endian\n'fortran_order':False,'shape':( 2 , ) , } \n"],
  ['parentheses', "(({'descr': ('<f4'), 'fortran_order': (False), 'shape': ((2),)}))"],
  ['integers', "{'descr': '<f4', 'fortran_order': False, 'shape': (+2, 0x1, 0b1, 0o1)}"],
])('a header spelt otherwise: %s', (_, header) => {
  expect(read(header).values).toEqual(Float32Array.of(1, -2))
})

test.each<[spellings: string, bytes: number, element: (view: DataView, at: number) => number]>([
  ['<f4 =f4 |f4 f4 <f =f f float32 single', 4, (view, at) => view.getFloat32(at, true)],
  ['>f4 >f', 4, (view, at) => view.getFloat32(at)],
  ['<f8 =f8 |f8 f8 <d d float64 double float', 8, (view, at) => view.getFloat64(at, true)],
  ['>f8 >d', 8, (view, at) => view.getFloat64(at)],
  ['<f2 =f2 |f2 f2 <e e float16 half', 2, (view, at) => float16(view.getUint16(at, true))],
  ['>f2 >e', 2, (view, at) => float16(view.getUint16(at))],
  ['|b1 <b1 >b1 b1 |? ? bool', 1, (view, at) => Number(view.getUint8(at) !== 0)],
  ['|i1 <i1 >i1 i1 b int8', 1, (view, at) => view.getInt8(at)],
  ['|u1 =u1 u1 B uint8', 1, (view, at) => view.getUint8(at)],
  ['<i2 i2 h int16', 2, (view, at) => view.getInt16(at, true)],
  ['>i2', 2, (view, at) => view.getInt16(at)],
  ['<u2 u2 H uint16', 2, (view, at) => view.getUint16(at, true)],
  ['>u2', 2, (view, at) => view.getUint16(at)],
  ['<i4 i4 i int32', 4, (view, at) => view.getInt32(at, true)],
  ['>i4', 4, (view, at) => view.getInt32(at)],
  ['<u4 u4 I uint32', 4, (view, at) => view.getUint32(at, true)],
  ['>u4', 4, (view, at) => view.getUint32(at)],
  ['<i8 i8 q int64', 8, (view, at) => Number(view.getBigInt64(at, true))],
  ['>i8', 8, (view, at) => Number(view.getBigInt64(at))],
  ['<u8 u8 Q uint64', 8, (view, at) => Number(view.getBigUint64(at, true))],
  ['>u8', 8, (view, at) => Number(view.getBigUint64(at))],
])('the dtypes %s', (spellings, bytes, element) => {
  const data = Buffer.from('00123cc52e9a3fbe', 'hex')
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  const values = Float32Array.from({ length: data.length / bytes }, (_, i) => element(view, i * bytes))
  for (const descr of spellings.split(' ')) {
    const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${values.length},)}`
    expect({ descr, ...read(header, data) }).toEqual({ descr, values, shape: [values.length], isFortranOrder: false })
  }
})

test('every float16 is exact', () => {
  const words = Uint16Array.from({ length: 2 ** 16 }, (_, word) => word)
  const { values } = readNpy('a.npy', arrayBuffer(npy(new Uint8Array(words.buffer), '(65536,)', "'<f2'")))
  expect(values.findIndex((value, word) => !Object.is(value, float16(word)))).toBe(-1)
})

/** By its definition. */
function float16(word: number): number {
  const sign = word < 0x8000 ? 1 : -1
  const exponent = (word >> 10) & 31
  const fraction = (word & 1023) / 1024
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15))
}

const SAVE_AGAIN = "Save it again: numpy.save(file, array.astype('float32'))."

test.each([
  [
    'bfloat16',
    "a.npy holds bytes of which it does not say what they are ('<V2'). Where they are bfloat16: numpy.save(",
  ],
  ['complex', "a.npy holds complex numbers ('<c16'). Save a part of them: numpy.save(file, array.real)."],
  ['dates', "a.npy holds dates or times ('<M8[D]'). Save their numbers: numpy.save(file, array.astype('int64'))."],
  ['longdouble', `a.npy holds numbers longer than float64 ('<f16'). ${SAVE_AGAIN}`],
  ['objects', "a.npy holds Python objects ('|O'). Where each is a number: numpy.save(file, array.astype('float32'))."],
  ['structured', 'a.npy holds a structured dtype (gain, bias). Save a field of it: numpy.save(file, array["gain"]).'],
  ['text', "a.npy holds text ('<U3'). Where each is a number: numpy.save(file, array.astype('float32'))."],
])('an array that NumPy has written, of no numbers, says what it is: %s', (name, message) => {
  expect(() => readNpy('a.npy', arrayBuffer(tensorFile(`${name}.npy`)))).toThrow(message)
})

const withDescr = (descr: string) => npyOf(`{'descr': ${descr}, 'fortran_order': False, 'shape': (2,)}`, DATA)
const withShape = (shape: string) => npyOf(`{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}}`, DATA)

test.each([
  ['not a .npy', Buffer.from('hello, world'), 'a.npy is not a .npy file'],
  ['a dtype that there is not', withDescr("'<f3'"), `a.npy holds the dtype '<f3'. ${SAVE_AGAIN}`],
  ['a name with an order', withDescr("'>float32'"), "holds the dtype '>float32'"],
  ['a size that depends on the machine', withDescr("'l'"), "holds the dtype 'l'"],
  ['a name of every object', withDescr("'constructor'"), "holds the dtype 'constructor'"],
  ['an empty dtype', withDescr("''"), "holds the dtype ''"],
  ['a subarray', withDescr("('<f4', (2,))"), 'has a dtype that is no text and no list'],
  ['fields without names', withDescr('[]'), 'holds a structured dtype. Save a field of it'],
  ['a title', withDescr("[(('title', 'gain'), '<f4')]"), 'holds a structured dtype'],
  ['cut data', withShape('(3,)'), 'is cut short: the shape (3,) needs 12 bytes of data, it has 8'],
  ['a huge shape', withShape('(4294967296, 4294967296)'), 'the shape (4294967296, 4294967296) needs more than 9007199'],
  ['a huge dimension', withShape(`(${'9'.repeat(400)},)`), 'the shape (Infinity,) needs more than'],
  ['no values', withShape('(0, 3)'), 'has the shape (0, 3): it holds no values'],
  ['no values of very many', withShape('(9007199254740993, 9007199254740993, 0)'), 'it holds no values'],
  [
    'a negative dimension',
    withShape('(2, -1)'),
    'has a .npy header whose shape is no tuple of whole numbers from 0: {',
  ],
  ['two negative dimensions', withShape('(-2, -1)'), 'whose shape is no tuple of whole numbers from 0'],
  ['a dimension of bool', withShape('(True, 2)'), 'whose shape is no tuple of whole numbers from 0'],
  ['a shape in brackets', withShape('[2]'), 'whose shape is no tuple of whole numbers from 0'],
  ['a shape that is no tuple', withShape('(2)'), 'whose shape is no tuple of whole numbers from 0'],
  ['a dimension that is not whole', withShape('(2.0,)'), 'has a .npy header that cannot be read from ".0,)}" on: {'],
  ['a dimension in octal of C', withShape('(02,)'), 'that cannot be read from "2,)}" on'],
  ['a shape that is computed', withShape('(1 + 1,)'), 'that cannot be read from "+ 1,)}" on'],
  ['brackets without end', withShape('('.repeat(5000)), 'that cannot be read from "((((((((('],
  ['three quotes without end', withDescr("'''<f4'"), `cannot be read from "'''<f4'`],
  ['no comma', npyOf("{'descr': '<f4' 'shape': (2,)}", DATA), 'that cannot be read from ": (2,)}" on'],
  [
    'an order of no bool',
    npyOf("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", DATA),
    'without a fortran_order of',
  ],
  ['no dtype', npyOf("{'fortran_order': True, 'shape': (2,)}", DATA), "without a dtype: {'fortran_order'"],
  ['no shape', npyOf("{'descr': '<f4', 'fortran_order': True}", DATA), 'without a shape'],
  [
    'another key',
    npyOf(HEADER.replace('}', "'more': None}"), DATA),
    'with other keys than descr, fortran_order and shape',
  ],
  ['no dict', npyOf('[]', DATA), 'has a .npy header that is no dict: []'],
  ['an empty header', npyOf('', DATA), 'that cannot be read from "" on'],
  ['a zero byte', npyOf(`${HEADER}\0`, DATA), String.raw`that cannot be read from "\u0000" on`],
  ['a huge header', npyOf(HEADER.padEnd(10_001), DATA), 'has a header of 10001 bytes, and 10000 at most are read'],
  ['a cut header', npy(DATA, '(2,)').subarray(0, 40), 'is cut short: it ends inside its header'],
  ['hardly anything', npy(DATA, '(2,)').subarray(0, 8), 'is cut short: it ends inside its header'],
  ['the beginning alone', npy(DATA, '(2,)').subarray(0, 6), 'is a .npy of version (missing)'],
  ['another version', npy(DATA, '(2,)', "'<f4'", 9), 'is a .npy of version 9; versions 1, 2 and 3 are supported'],
  ['version 1.1', npy(DATA, '(2,)').fill(1, 7, 8), 'is a .npy of version 1.1; versions'],
])('a .npy that cannot be used says what was found: %s', (_, file, message) => {
  expect(() => readNpy('a.npy', arrayBuffer(file))).toThrow(FileError)
  expect(() => readNpy('a.npy', arrayBuffer(file))).toThrow(message)
})

const spelling = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...'{}[]()\'",:\\Lu 0123456789-<>=|\n#') },
  fc.constantFrom('descr', 'fortran_order', 'shape', 'True', 'None', "'<f8'", "'''", '(2,)', '\\U00110000', '\0'),
)

test('whatever the header says, there are values or a FileError', () => {
  const mutated = fc
    .tuple(fc.nat(HEADER.length), fc.nat(9), fc.array(spelling, { maxLength: 4 }))
    .map(([start, length, text]) => HEADER.slice(0, start) + text.join('') + HEADER.slice(start + length))
  const header = fc.oneof(
    mutated,
    fc.array(spelling, { size: 'large' }).map(parts => parts.join('')),
  )
  const property = fc.property(header, fc.constantFrom(1, 2, 3), (text, version) =>
    expectValuesOrFileError(npyOf(text, DATA, version)),
  )
  fc.assert(property, { numRuns: 1000 })
})

test('whatever the bytes are, there are values or a FileError', () => {
  const whole = npy(DATA, '(2,)')
  const mutated = fc
    .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    .map(changes => changes.reduce((file, [at, byte]) => file.fill(byte, at, at + 1), Buffer.from(whole)))
  const other = fc.uint8Array().map(bytes => Buffer.concat([whole.subarray(0, 6), bytes]))
  fc.assert(fc.property(fc.oneof(mutated, other), expectValuesOrFileError), { numRuns: 1000 })
})

function expectValuesOrFileError(file: Buffer): void {
  let array: NpyArray
  try {
    array = readNpy('a.npy', arrayBuffer(file))
  } catch (error) {
    expect(error).toBeInstanceOf(FileError)
    return
  }
  expect(array.values).toHaveLength(array.shape.reduce((product, dimension) => product * dimension, 1))
}
