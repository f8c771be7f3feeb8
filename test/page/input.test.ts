import { expect, test } from 'vitest'
import { fromArray } from '../../demo/input/input.ts'
import { normalValues } from '../../demo/input/normal.ts'
import { isNpy, readNpy } from '../../demo/input/npy.ts'
import { sobelResponse } from '../../demo/input/picture.ts'
import { float32Bytes, npy } from './files.ts'

const arrayBuffer = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer

test.each([1, 2, 3])('a .npy of version %i: its values and its shape', version => {
  const file = npy(float32Bytes([1.5, -2, 0, -0, Infinity, NaN]), '(2, 3)', "'<f4'", version)
  expect(isNpy(file)).toBe(true)
  const { values, shape } = readNpy('a.npy', arrayBuffer(file))
  expect(values).toEqual(Float32Array.of(1.5, -2, 0, -0, Infinity, NaN))
  expect(shape).toEqual([2, 3])
})

test('a .npy of one dimension, of none, and with bytes after its data', () => {
  expect(readNpy('a.npy', arrayBuffer(npy(float32Bytes([1, 2]), '(2,)'))).values).toEqual(Float32Array.of(1, 2))
  expect(readNpy('a.npy', arrayBuffer(npy(float32Bytes([7]), '()'))).values).toEqual(Float32Array.of(7))
  expect(readNpy('a.npy', arrayBuffer(npy(float32Bytes([1, 2, 3]), '(2,)'))).values).toEqual(Float32Array.of(1, 2))
})

test.each([
  ['not a .npy', Buffer.from('hello, world'), 'a.npy is not a .npy file'],
  ['float64', npy(new Uint8Array(16), '(2,)', "'<f8'"), "a.npy holds float64 ('<f8'). A .npy of float32 (dtype '<f4')"],
  ['big-endian', npy(new Uint8Array(8), '(2,)', "'>f4'"), "holds big-endian float32 ('>f4')"],
  ['text', npy(new Uint8Array(8), '(2,)', "'<U3'"), "holds the dtype '<U3'"],
  ['a structured dtype', npy(new Uint8Array(8), '(2,)', "[('a', '<f4')]"), 'holds a structured dtype'],
  ['cut data', npy(float32Bytes([1, 2]), '(3,)'), 'is cut short: the shape (3,) needs 12 bytes of data, it has 8'],
  ['a cut header', npy(float32Bytes([1]), '(1,)').subarray(0, 40), 'is cut short: it ends inside its header'],
  ['hardly anything', npy(float32Bytes([1]), '(1,)').subarray(0, 8), 'is cut short: it ends inside its header'],
  ['no values', npy(new Uint8Array(0), '(0, 3)'), 'has the shape (0, 3): it holds no values'],
  ['another version', npy(float32Bytes([1]), '(1,)', "'<f4'", 9), 'is a .npy of version 9; versions 1, 2 and 3'],
  ['no dtype', npy(float32Bytes([1]), "(1,), 'x': 1", "'<f4'").fill('x', 10, 20), 'without a dtype'],
])('a .npy that cannot be used says what was found: %s', (_, file, message) => {
  expect(() => readNpy('a.npy', arrayBuffer(file))).toThrow(message)
})

test('a short array is repeated, a long one cut', async () => {
  const input = fromArray('a', Float32Array.of(1, -2, 3))
  expect(await input.values(8)).toEqual(Float32Array.of(1, -2, 3, 1, -2, 3, 1, -2))
  expect(await input.values(2)).toEqual(Float32Array.of(1, -2))
  expect(input.negativeShare).toBeCloseTo(1 / 3)
})

test('random normal values have a mean of 0 and a variance of 1, and depend on the seed alone', async () => {
  const values = await normalValues(1, 100_001)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  expect(mean).toBeCloseTo(0, 1)
  expect(variance).toBeCloseTo(1, 1)
  expect(await normalValues(1, 1000)).toEqual(values.slice(0, 1000))
  expect(await normalValues(2, 1000)).not.toEqual(values.slice(0, 1000))
})

test('the Sobel response of a step from black to white: 4 at the step, 0 elsewhere; -4 the other way round', () => {
  const row = [0, 0, 255, 255, 0].flatMap(grey => [grey, grey, grey, 255])
  const data = new Uint8ClampedArray([...row, ...row, ...row])
  const { values } = sobelResponse({ data, width: 5, height: 3 } as ImageData)
  for (const line of [0, 1, 2]) {
    expect([...values.subarray(line * 5, line * 5 + 5)]).toEqual([0, 4, 4, -4, -4].map(v => expect.closeTo(v, 4)))
  }
})
