import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FileError } from '../../demo/input/input.ts'
import { isSafetensors, type ListedTensor, listSafetensors } from '../../demo/input/safetensors.ts'
import { readTensor } from '../../demo/input/tensor.ts'
import { float32Bytes, safetensors, tensorFile } from './files.ts'
import expected from './tensor-files/expected.json' with { type: 'json' }

const blob = (bytes: Buffer): Blob => new Blob([new Uint8Array(bytes)])
const list = (bytes: Buffer): Promise<readonly ListedTensor[]> => listSafetensors('a.safetensors', blob(bytes))
const read = async (bytes: Buffer, index = 0) => {
  const { tensor } = (await list(bytes))[index]!
  const input = await readTensor(blob(bytes), 'a', tensor!)
  return { title: input.title, values: await input.values(input.length!) }
}
const entry = (dtype: string, shape: readonly unknown[], begin: number, end: number) => {
  return { dtype, shape, data_offsets: [begin, end] }
}

test('what safetensors has written: every tensor is listed, and those of floating point are read', async () => {
  const file = tensorFile('model.safetensors')
  const listed = await list(file)
  expect(Object.fromEntries(listed.map(({ name, description }) => [name, description]))).toEqual({
    'embeddings.position_ids': 'I64, 3, is not read here',
    'layers.0.weight': 'bfloat16, 2 × 3',
    'layers.0.bias': 'float16, 3',
    'layers.0.scale': 'float32, a scalar',
    'layers.0.sum': 'float64, rounded to float32, 2',
    'layers.0.none': 'float32, 0 × 2, holds no values',
    'layers.0.quantized': 'F8_E4M3, 2, is not read here',
  })
  for (const [index, { name, tensor }] of listed.entries()) {
    const truth = Object.entries(expected).find(([key]) => key === `model.safetensors, ${name}`)?.[1]
    expect(tensor?.shape.join()).toBe(truth?.shape)
    if (truth === undefined) continue
    const { title, values } = await read(file, index)
    expect(title).toMatch(/^a, (bfloat16|float16|float32|float64, rounded to float32), /)
    expect(Buffer.from(values.buffer).toString('hex')).toBe(truth.float32)
  }
})

test('every bfloat16 is exact', async () => {
  const words = Uint16Array.from({ length: 2 ** 16 }, (_, word) => word)
  const header = { all: entry('BF16', [256, 256], 0, 2 ** 17) }
  const { values } = await read(safetensors(header, new Uint8Array(words.buffer)))
  expect(values.findIndex((value, word) => !Object.is(value, bfloat16(word)))).toBe(-1)
})

/** By its definition. */
function bfloat16(word: number): number {
  const sign = word < 0x8000 ? 1 : -1
  const exponent = (word >> 7) & 255
  const fraction = (word & 127) / 128
  if (exponent === 255) return fraction === 0 ? sign * Infinity : NaN
  return sign * (exponent === 0 ? fraction * 2 ** -126 : (1 + fraction) * 2 ** (exponent - 127))
}

const X = { x: entry('F32', [2], 0, 8) }
const DATA = float32Bytes([1, -2])

test.each([
  ['spaces around the header', safetensors(`${JSON.stringify(X)}   `, DATA)],
  ['metadata of any name', safetensors({ __metadata__: { data_offsets: '{"x": "x"}' }, ...X }, DATA)],
  ['further keys', safetensors({ x: { ...X.x, comment: '"dtype": {' } }, DATA)],
  ['a name twice, one of them a value', safetensors({ x: { ...X.x, comment: ['x', 'x', { x: 1 }, { x: 1 }] } }, DATA)],
  ['a name of every object', safetensors(`{"__proto__": ${JSON.stringify(X.x)}}`, DATA)],
  ['an empty tensor between', safetensors({ ...X, none: entry('F32', [0, 5], 8, 8) }, DATA)],
])('a header with %s', async (_, file) => {
  expect(isSafetensors(file, file.length)).toBe(true)
  expect((await read(file)).values).toEqual(Float32Array.of(1, -2))
})

const xOf = (change: object) => safetensors({ x: { ...X.x, ...change } }, DATA)
const DAMAGED = 'It is damaged, or was written wrongly: copy or save it again.'

test.each([
  ['a few bytes', Buffer.alloc(7), `a.safetensors has 7 bytes, and a .safetensors begins with 8. ${DAMAGED}`],
  [
    'a huge header',
    Buffer.alloc(32, 0x20),
    'begins with a header of 2314885530818453536 bytes, if it is a .safetensors',
  ],
  ['a cut header', safetensors(X, DATA).subarray(0, 40), 'is cut short: its header needs 54 bytes, and 32 are left'],
  ['no JSON', safetensors('{"x":', DATA), /has a header that is no JSON \(.*\)\. It is damaged/],
  ['no UTF-8', safetensors('{"?": 1}', DATA).fill(0xff, 10, 11), 'has a header that is no JSON ('],
  ['an array', safetensors('[]', DATA), 'has a header that is no JSON object'],
  ['null', safetensors('null', DATA), 'has a header that is no JSON object'],
  ['a name twice', safetensors('{"x": 1, "\\u0078": 2}', DATA), 'has a header that says "x" twice'],
  ['a key twice', safetensors('{"x": {"shape": [], "dtype": "", "shape": []}}', DATA), 'that says "shape" twice'],
  ['an entry of no object', safetensors({ x: 1 }, DATA), 'has a header without the type, shape and place of "x"'],
  ['an entry of null', safetensors({ x: null }, DATA), 'without the type, shape and place of "x"'],
  ['a type of no text', xOf({ dtype: 32 }), 'without the type, shape and place of "x"'],
  ['no shape', xOf({ shape: undefined }), 'without the type, shape and place of "x"'],
  ['a negative dimension', xOf({ shape: [-2] }), 'without the type, shape and place of "x"'],
  ['a dimension of text', xOf({ shape: ['2'] }), 'without the type, shape and place of "x"'],
  ['half a dimension', xOf({ shape: [0.5, 4] }), 'without the type, shape and place of "x"'],
  ['a dimension of bool', xOf({ shape: [true, 2] }), 'without the type, shape and place of "x"'],
  ['three offsets', xOf({ data_offsets: [0, 4, 8] }), 'without the type, shape and place of "x"'],
  ['an end before the beginning', xOf({ data_offsets: [8, 0] }), 'without the type, shape and place of "x"'],
  ['an offset that is too large', xOf({ data_offsets: [0, 2 ** 60] }), 'without the type, shape and place of "x"'],
  ['cut data', safetensors(X, DATA.subarray(1)), 'is cut short: "x" ends at byte 8 of the data, of which there are 7'],
  [
    'data at the end',
    safetensors(X, float32Bytes([1, 2, 3])),
    'has 4 bytes of data at its end that belong to no tensor',
  ],
  ['data before', xOf({ shape: [1], data_offsets: [4, 8] }), 'has 4 bytes of data before "x" that belong to no tensor'],
  ['an overlap', safetensors({ ...X, y: entry('F32', [1], 4, 8) }, DATA), 'has "y" overlap "x"'],
  ['a tensor within another', safetensors({ ...X, y: entry('F32', [0], 4, 4) }, DATA), 'has "y" overlap "x"'],
  ['too few bytes', xOf({ shape: [3] }), 'has "x" as F32 of the shape [3] in 8 bytes, which do not hold just that'],
  ['too many bytes', xOf({ dtype: 'F16' }), 'has "x" as F16 of the shape [2] in 8 bytes'],
  [
    'a huge shape',
    xOf({ shape: [2 ** 40, 2 ** 40] }),
    'has "x" as F32 of the shape [1099511627776, 1099511627776] in 8',
  ],
  ['no tensors', safetensors('{}'), 'a.safetensors holds no tensors. Save some in it.'],
  ['metadata alone', safetensors({ __metadata__: {} }), 'holds no tensors'],
  ['integers alone', xOf({ dtype: 'I32' }), 'holds no tensor that can be read: x (I32, 2, is not read here). Save one'],
])('a .safetensors that cannot be used says what was found: %s', async (_, file, message) => {
  await expect(list(file)).rejects.toThrow(FileError)
  await expect(list(file)).rejects.toThrow(message)
})

test('a long list of what cannot be read is cut', async () => {
  const header = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`n${i}`, entry('I8', [1], i, i + 1)]))
  await expect(list(safetensors(header, new Uint8Array(9)))).rejects.toThrow(
    /n2 \(I8, 1, is not read here\) and 6 more\./,
  )
})

test('of a huge tensor no more is read than can be measured', async () => {
  const slices: number[] = []
  const file = {
    slice: (begin: number, end: number) => {
      slices.push(begin, end)
      return new Blob([new Uint8Array(8)])
    },
  } as Blob
  const tensor = {
    type: 'float16',
    isBigEndian: false,
    isFortranOrder: false,
    shape: [2 ** 20, 2 ** 20],
    length: 2 ** 40,
    offset: 10,
  } as const
  const { title } = await readTensor(file, 'a', tensor)
  expect(slices).toEqual([10, 10 + 2 ** 27])
  expect(title).toBe('a, float16, 1,048,576 × 1,048,576, the first 64 Mi elements')
})

test('whatever the header says, there are values or a FileError', async () => {
  const count = fc.oneof(fc.nat(9), fc.double(), fc.constantFrom(2 ** 53, -1, null, '2', true))
  const anyEntry = fc.record(
    {
      dtype: fc.constantFrom('F32', 'F16', 'BF16', 'F64', 'I8', 'constructor', 7),
      shape: fc.oneof(fc.array(count, { maxLength: 3 }), fc.jsonValue()),
      data_offsets: fc.oneof(fc.tuple(count, count), fc.constant([0, 8]), fc.jsonValue()),
    },
    { requiredKeys: [] },
  )
  const header = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.string(), fc.oneof(anyEntry, fc.jsonValue()), { maxKeys: 3 }),
    fc.dictionary(fc.constantFrom('x', '__proto__', '__metadata__'), anyEntry, { maxKeys: 3 }),
  )
  const text = fc.oneof(
    header.map(value => JSON.stringify(value)),
    fc.tuple(header, fc.nat(200), fc.string()).map(([value, at, more]) => {
      const json = JSON.stringify(value)
      return json.slice(0, at) + more + json.slice(at + 1)
    }),
  )
  const property = fc.asyncProperty(
    fc.oneof(
      text.map(json => safetensors(json, DATA)),
      anyBytes,
    ),
    async file => {
      let listed: readonly ListedTensor[]
      try {
        listed = await list(file)
      } catch (error) {
        expect(error).toBeInstanceOf(FileError)
        return
      }
      for (const { tensor } of listed) {
        if (tensor === undefined) continue
        expect((await readTensor(blob(file), 'a', tensor)).length).toBe(tensor.length)
      }
    },
  )
  await fc.assert(property, { numRuns: 1000 })
})

const anyBytes = fc.uint8Array().map(bytes => Buffer.from(bytes))
