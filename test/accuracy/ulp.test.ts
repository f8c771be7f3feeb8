import { expect, test } from 'vitest'
import { isSubnormal, ulpError } from './ulp.ts'

test('an error is in units of the binade that the truth is in', () => {
  expect(ulpError(1, 1 + 2 ** -23)).toBe(1)
  expect(ulpError(1, 1 - 2 ** -24)).toBe(0.5)
  expect(ulpError(-1.5, -1.5 - 3 * 2 ** -23)).toBe(3)
  expect(ulpError(1 + 2 ** -25, 1)).toBe(0.25)
  // Just below a power of two the unit is half as large, though the truth rounds to it.
  expect(ulpError(1 - 2 ** -26, 1)).toBe(0.25)
  expect(ulpError(1 / 3, Math.fround(1 / 3))).toBeLessThanOrEqual(0.5)
})

test('below the normal numbers the unit stays what it is', () => {
  expect(ulpError(2 ** -126, 2 ** -126 + 2 ** -149)).toBe(1)
  expect(ulpError(2 ** -149, 0)).toBe(1)
  expect(ulpError(0, 2 ** -126)).toBe(2 ** 23)
  expect([2 ** -127, -(2 ** -149), 1e-200].every(isSubnormal)).toBe(true)
  expect([0, -0, 2 ** -126, NaN, Infinity].some(isSubnormal)).toBe(false)
})

test('NaN and a true infinity are right or infinitely wrong; Infinity for a number is what comes after the largest', () => {
  expect(ulpError(NaN, NaN)).toBe(0)
  expect(ulpError(-Infinity, -Infinity)).toBe(0)
  expect(ulpError(0, -0)).toBe(0)
  expect(ulpError(1, NaN)).toBe(Infinity)
  expect(ulpError(NaN, 1)).toBe(Infinity)
  expect(ulpError(Infinity, 3e38)).toBe(Infinity)
  expect(ulpError(2 ** 128 - 2 ** 104, Infinity)).toBe(1)
})
