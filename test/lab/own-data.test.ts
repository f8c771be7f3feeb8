import { expect, test } from 'vitest'
import { LabError } from '../../demo/lab/errors.ts'
import { readOwnData } from '../../demo/lab/own-data.ts'
import { DIGITS } from '../../demo/lab/presets.ts'
import type { Setup } from '../../demo/lab/training-setup.ts'
import { checkSetup } from '../../demo/lab/setup.ts'
import { drawProblem } from '../../demo/lab/data.ts'

const csv = (text: string) => readOwnData('mine.csv', new TextEncoder().encode(text).buffer)

/** A .npy of float32. */
function npy(shape: readonly number[], values: readonly number[], fortran = 'False') {
  const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`
  const header = `{'descr': '<f4', 'fortran_order': ${fortran}, 'shape': ${tuple}, }`.padEnd(117) + '\n'
  const file = new Uint8Array(10 + header.length + 4 * values.length)
  file.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length, 0])
  file.set(new TextEncoder().encode(header), 10)
  file.set(new Uint8Array(Float32Array.from(values).buffer), 10 + header.length)
  return readOwnData('mine.npy', file.buffer)
}

/** Gives the message and the fix. */
function problemOf(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    expect(error).toBeInstanceOf(LabError)
    expect((error as LabError).fix).toMatch(/^[A-Z].*\.$/)
    return (error as LabError).message
  }
  return 'none'
}

test('a CSV has its class in the last column', () => {
  const expected = {
    features: 2,
    values: Float32Array.of(1, 2, 3, -4.5),
    labels: Uint8Array.of(0, 1),
    classes: ['a', 'b'],
  }
  expect(csv('1,2,a\n3,-4.5,b\n')).toMatchObject(expected)
  expect(csv('x;y;class\r\n1;2;"a"\r\n\r\n3;-4.5;"b"')).toMatchObject(expected)
  expect(csv('1\t2\ta\n3\t-45e-1\tb')).toMatchObject(expected)
})

test('classes that are numbers are in the order of numbers', () => {
  expect(csv('1,10\n1,9\n1,10\n')).toMatchObject({ classes: ['9', '10'], labels: Uint8Array.of(1, 0, 1) })
})

test('a .npy of two axes has its class in the last column', () => {
  const expected = {
    features: 2,
    values: Float32Array.of(1, 2, 3, 4),
    labels: Uint8Array.of(1, 0),
    classes: ['5', '7'],
  }
  expect(npy([2, 3], [1, 2, 7, 3, 4, 5])).toMatchObject(expected)
  expect(npy([2, 3], [1, 3, 2, 4, 7, 5], 'True')).toMatchObject(expected)
})

test.each([
  ['no rows', () => csv(''), 'mine.csv has no rows.'],
  ['headings alone', () => csv('x,y,class\n'), 'mine.csv has no rows.'],
  ['one column', () => csv('1\n2\n'), 'mine.csv has one column.'],
  [
    'one class',
    () => csv('1,2,a\n3,4,a\n'),
    'mine.csv has one class, "a", in its last column: there is nothing to tell apart.',
  ],
  ['a word', () => csv('x,y,class\n1,2,a\n3,four,b\n'), 'mine.csv has "four" in line 3, column 2: it is no number.'],
  ['NaN', () => csv('1,nan,a\n3,4,b\n'), 'mine.csv has "nan" in line 1, column 2: it is no number.'],
  ['nothing', () => csv('1,2,a\n3,,b\n'), 'mine.csv has "" in line 2, column 2: it is no number.'],
  ['Infinity', () => csv('1,2,a\n3,Infinity,b\n'), 'mine.csv has Infinity in row 2, column 2.'],
  ['no class', () => csv('1,2,a\n3,4,\n'), 'mine.csv has no class in row 2.'],
  ['uneven lines', () => csv('1,2,a\n3,4\n'), 'mine.csv has 2 columns in line 2, and 3 in the first.'],
  [
    '10,000 columns',
    () => csv(`${'1,'.repeat(9999)}a\n${'2,'.repeat(9999)}b\n`),
    'mine.csv has 10,000 columns; the lab takes up to 256 and the class.',
  ],
  ['too many rows', () => csv('1,a\n2,b\n'.repeat(10_001)), 'mine.csv has 20,002 rows; the lab takes up to 20,000.'],
  [
    'a quantity for a class',
    () => csv(Array.from({ length: 400 }, (_, i) => `1,${i / 10}\n`).join('')),
    'mine.csv has 400 different values in its last column; the lab takes up to 32 classes.',
  ],
  ['a .npy of one axis', () => npy([4], [1, 2, 3, 4]), 'mine.npy has 1 axes: (4).'],
  ['no rows in a .npy', () => npy([0, 3], []), expect.stringContaining('(0, 3): it holds no values')],
  ['no columns in a .npy', () => npy([3, 0], []), expect.stringContaining('(3, 0): it holds no values')],
  [
    'one class in a .npy',
    () => npy([2, 2], [1, 7, 2, 7]),
    'mine.npy has one class, "7", in its last column: there is nothing to tell apart.',
  ],
  [
    '10,000 columns in a .npy',
    () =>
      npy(
        [2, 10_000],
        Array.from({ length: 20_000 }, (_, i) => i),
      ),
    'mine.npy has 10,000 columns; the lab takes up to 256 and the class.',
  ],
  ['Infinity in a .npy', () => npy([2, 2], [1, 7, -Infinity, 8]), 'mine.npy has -Infinity in row 2, column 1.'],
  ['NaN in a .npy', () => npy([2, 3], [1, 2, 7, NaN, 4, 5]), 'mine.npy has NaN in row 2, column 1.'],
  ['NaN for a class', () => npy([2, 2], [1, NaN, 2, 1]), 'mine.npy has no class in row 1.'],
  ['a .npy that is cut short', () => npy([2, 3], [1, 2]), expect.stringContaining('mine.npy is cut short')],
])('data with %s is refused in words', (_, read, message) => {
  expect(problemOf(read)).toEqual(message)
})

test('columns are standardised, constant ones are 0', async () => {
  const { training } = await drawProblem(csv('1,5,a\n3,5,b\n'), 1, () => Promise.reject(new Error('unused')))
  expect([...training.values]).toEqual([-1, 0, 1, 0])
})

test.each<[Partial<Setup>, string]>([
  [{ width: 65 }, 'width is 65'],
  [{ width: 2.5 }, 'width is 2.5'],
  [{ depth: 0 }, 'depth is 0'],
  [{ rate: NaN }, 'rate is NaN'],
  [{ dropout: 1 }, 'dropout is 1'],
  [{ clip: 0 }, 'clip is 0'],
  [{ seed: -1 }, 'seed is -1'],
  [{ bias: { value: Infinity } }, 'bias is Infinity'],
  [{ activations: [] }, 'activations are 0'],
  [{ activations: [{ name: 'swiglu' }] }, 'activation is "swiglu"'],
  [{ activations: [{ name: 'relu', rate: -1 }] }, 'rate of relu is -1'],
  [{ data: { name: 'circles', rows: 0 } }, 'rows is 0'],
  [{ data: { name: 'digits', rows: 10, testRows: 501 } }, 'testRows is 501'],
  [{ optimiser: 'rmsprop' as 'sgd' }, 'optimiser is "rmsprop"'],
  [{ noise: -1 }, 'noise is -1'],
])('a setup with %j is refused', (change, message) => {
  expect(problemOf(() => checkSetup({ ...DIGITS, ...change }))).toBe(`The setup's ${message}.`)
})
