import { expect, test } from 'vitest'
import { fromArray } from '../../demo/input/input.ts'
import { normalValues } from '../../demo/input/normal.ts'
import { sobelResponse } from '../../demo/input/picture.ts'

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
