import { expect, test } from 'vitest'
import { fromText, toText } from './text.ts'

test('what is told arrives with its infinite numbers', () => {
  const rows = [{ parameters: { maxValue: Infinity, minValue: -Infinity, approximate: 'tanh' }, largest: NaN, x: 0.1 }]
  expect(fromText(toText({ rows }))).toEqual({ rows })
})
