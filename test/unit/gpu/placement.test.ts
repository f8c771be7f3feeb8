import { fc } from '../../support/fast-check.ts'
import { expect, test } from 'vitest'
import { type Part, place } from '../../../src/gpu/programs/placement.ts'

// Buffers are told apart by names here: what is placed knows no more of them.

const part = fc.record({
  buffer: fc.constantFrom('a', 'b', 'c'),
  offset: fc.nat({ max: 300 }).map(words => words * 4),
  size: fc.integer({ min: 1, max: 600 }),
  isOutput: fc.boolean(),
})
const end = ({ offset, size }: { readonly offset: number; readonly size: number }): number => offset + size

function check(parts: readonly Part<string>[]): void {
  const placement = place(parts)
  for (const [i, { buffer, offset, size }] of parts.entries()) {
    const bound = placement.arrays[placement.arrayOf[i]!]!
    expect(bound.buffer).toBe(buffer)
    expect(bound.offset % 256).toBe(0)
    expect(bound.size % 4).toBe(0)
    expect(bound.offset + placement.shifts[i]!).toBe(offset)
    expect(end(bound)).toBeGreaterThanOrEqual(offset + size)
  }
  for (const [i, bound] of placement.arrays.entries()) {
    const inBuffer = parts.filter(({ buffer }) => buffer === bound.buffer)
    expect(placement.writable[i]).toBe(inBuffer.some(({ isOutput }) => isOutput))
    expect(end(bound) - Math.max(...inBuffer.map(end))).toBeLessThan(4)
    for (const other of placement.arrays.slice(i + 1)) {
      if (other.buffer !== bound.buffer || !placement.writable[i]) continue
      expect(end(bound) <= other.offset || end(other) <= bound.offset).toBe(true)
    }
  }
}

test('every part lies in its array, and arrays that are written do not overlap', () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), parts => check(parts)),
    { numRuns: 500 },
  )
})

test('parts that are only read have arrays of their own', () => {
  const read = { buffer: 'a', offset: 4, size: 8, isOutput: false }
  expect(place([read, read]).arrays).toHaveLength(2)
})

test('a result over its input, and one right behind it, share its array', () => {
  const x = { buffer: 'a', offset: 260, size: 8, isOutput: false }
  const placement = place([x, { ...x, isOutput: true }, { ...x, offset: 268, isOutput: true }])
  expect(placement).toEqual({
    arrays: [{ buffer: 'a', offset: 256, size: 20 }],
    writable: [true],
    arrayOf: [0, 0, 0],
    shifts: [4, 4, 12],
  })
})
