import { describe as group, expect, test } from 'vitest'
import { leakyRelu, relu } from '../../../src/index.ts'
import { allIndices, compareWithReference, describe, sampleIndices } from '../../../src/checking/cross-check.ts'
import { fromBits, scrambledBits } from '../../support/float32.ts'
import { taskOf } from '../../support/tasks.ts'
import { reluForward } from '../../support/truth.ts'

const ordinary = Float32Array.from({ length: 100_000 }, (_, i) => (i % 7) - 3)

group('sampled elements', () => {
  test('the same seed gives the same, another seed others', () => {
    const sample = (seed: number): number[] => [...sampleIndices({ x: ordinary }, ordinary, seed)]
    expect(sample(7)).toEqual(sample(7))
    expect(sample(7)).not.toEqual(sample(8))
    expect(sample(0)).not.toEqual(sample(1))
    expect(new Set(sample(0)).size).toBeGreaterThan(1000)
  })

  test('the first, the last, and some of every part are among them', () => {
    for (const length of [1, 2, 3, 1023, 1024, 1025, 99_999]) {
      const x = ordinary.subarray(0, length)
      const sample = new Set(sampleIndices({ x }, x, 0))
      expect(sample.has(0) && sample.has(length - 1)).toBe(true)
      expect([...sample].every(i => Number.isInteger(i) && i >= 0 && i < length)).toBe(true)
      const widest = [...sample]
        .toSorted((a, b) => a - b)
        .reduce((gap, i, n, all) => Math.max(gap, i - (all[n - 1] ?? 0)), 0)
      expect(widest).toBeLessThanOrEqual(Math.ceil((2 * length) / Math.min(1024, length)))
    }
    expect([...sampleIndices({ x: new Float32Array(0) }, new Float32Array(0), 0)]).toEqual([])
  })

  test('every NaN of x, of dy and of the result is among them', () => {
    const nanAt = (index: number): Float32Array => ordinary.map((value, i) => (i === index ? NaN : value))
    const sample = [...sampleIndices({ x: nanAt(54_321), dy: nanAt(12_345) }, nanAt(77_777), 0)]
    expect(sample).toEqual(expect.arrayContaining([54_321, 12_345, 77_777]))
    const pair = { gate: nanAt(54_321), up: nanAt(12_345), dy: nanAt(77_777) }
    expect([...sampleIndices(pair, ordinary, 0)]).toEqual(expect.arrayContaining([54_321, 12_345, 77_777]))
  })
})

group('comparison', () => {
  const x = scrambledBits(10_000, 3)

  test('the right result has no mismatch', () => {
    const comparison = compareWithReference(taskOf(relu(), 'forward', { x }), 'y', reluForward(x), allIndices(x.length))
    expect(comparison).toEqual({ elements: 10_000, mismatches: 0, maxUlp: 0, first: [] })
  })

  test('one bit is a mismatch, and so are a lost payload and the sign of a zero', () => {
    const cases: readonly [number, number, number][] = [
      [0x3f800000, 0x3f800001, 1],
      [0x3f800000, 0x3f7fffff, 1],
      [0x80000000, 0x00000000, 0],
      [0x7f800001, 0x7fc00000, 0],
      [0x7fc00000, 0x00000000, Infinity],
      [0x00000001, 0x00000000, 1],
      [0xbf800000, 0x80000001, 1],
    ]
    for (const [input, wrong, ulp] of cases) {
      const comparison = compareWithReference(
        taskOf(relu(), 'forward', { x: fromBits([input]) }),
        'y',
        fromBits([wrong]),
        [0],
      )
      expect(comparison).toMatchObject({ elements: 1, mismatches: 1, maxUlp: ulp })
    }
  })

  test('a report names the elements that differ, their neighbours, and how many there are', () => {
    const input = Float32Array.of(1, -2, 3, NaN, -0, 6)
    const result = Float32Array.of(1, 0, 4, 0, -0, 6)
    const task = taskOf(relu(), 'forward', { x: input })
    const comparison = compareWithReference(task, 'y', result, allIndices(6))
    expect(describe(task, 'y', result, comparison)).toBe(
      [
        'relu() forward: 2 of 6 elements compared differ from the CPU reference, by up to Infinity ULP.',
        '  [1] x = -2: 0 (0x00000000), as expected',
        '✗ [2] x = 3: expected 3, got 4',
        '✗ [3] x = NaN (0x7fc00000): expected NaN (0x7fc00000), got 0 (0x00000000)',
        '  [4] x = -0 (0x80000000): -0 (0x80000000), as expected',
      ].join('\n'),
    )
  })

  test('a report stays short', () => {
    const dy = Float32Array.from(x, () => 1)
    const wrong = new Float32Array(x.length).fill(7)
    const task = taskOf(leakyRelu(), 'backward', { x, dy })
    const comparison = compareWithReference(task, 'dx', wrong, allIndices(x.length))
    const report = describe(task, 'dx', wrong, comparison).split('\n')
    expect(report.length).toBeLessThan(30)
    expect(report.at(-1)).toBe('  … and 9992 more')
    expect(report[1]).toMatch(/dy = 1: expected /)
  })
})
