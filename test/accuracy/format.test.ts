import { expect, test } from 'vitest'
import { describeLargest, describeResult, formatDuration, formatFloat, formatLargest } from './format.ts'
import { NO_ERRORS } from './survey.ts'
import { bitsOf } from '../support/float32.ts'

const worst = (expected: number, actual: number) => ({
  x: bitsOf(6),
  expected: bitsOf(expected),
  actual: bitsOf(actual),
})

test('a float32 is written in as few digits as tell it from others', () => {
  expect([0.1, -3, 1e-40, 16777216, NaN, -Infinity, -0].map(value => formatFloat(bitsOf(value)))).toEqual([
    '0.1',
    '-3',
    '1e-40',
    '1.6777216e7',
    'NaN',
    '-Infinity',
    '-0',
  ])
  expect(formatFloat(bitsOf(Math.PI), 4)).toBe('3.142')
})

test('an error is a figure, or a word where a figure says nothing', () => {
  expect(formatLargest({ ...NO_ERRORS, largest: 0.5 })).toBe('0.5')
  expect(formatLargest({ ...NO_ERRORS, largest: 14_680_064, worst: worst(1e-8, 2e-8) })).toBe('1.5e7')
  expect(formatLargest({ ...NO_ERRORS, largest: Infinity, worst: worst(1, NaN) })).toBe('NaN')
  expect(formatLargest({ ...NO_ERRORS, largest: 2 ** 120, worst: worst(1, Infinity) })).toBe('Infinity')
  expect(formatLargest({ ...NO_ERRORS, largest: 2 ** 149, worst: worst(0, 1) })).toBe('not 0')
})

test('a result says where it is, and what it should be', () => {
  expect(describeResult({ ...worst(1, NaN), dy: bitsOf(1) })).toBe(
    'x = 6 (0x40c00000), dy = 1 (0x3f800000): expected 1 (0x3f800000), got NaN (0x7fc00000)',
  )
  expect(describeResult({ ...worst(1, 2), up: bitsOf(3) })).toMatch(/^gate = 6 .*, up = 3 /)
  const atCrossing = { ...NO_ERRORS, largest: 3, atCrossing: true, worst: worst(1, 2) }
  expect(describeLargest(atCrossing)).toBe('3.0 units of 2^-25 |dy| at x = 6 (0x40c00000)')
})

test('durations', () => {
  expect([0, 65_400, 3_723_000].map(formatDuration)).toEqual(['0:00', '1:05', '1:02:03'])
})
