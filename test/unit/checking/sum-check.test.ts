import { describe, expect, test } from 'vitest'
import { sumAlphaOnCpu } from '../../../src/reference/alpha-sums.ts'
import { allIndices } from '../../../src/checking/cross-check.ts'
import { rangesOf, type TileSums, tilesOf } from '../../../src/operations/tiles.ts'
import { createDispatcher, prelu } from '../../../src/index.ts'
import { compareSums, sampleSums } from '../../../src/checking/sum-check.ts'

const length = 100_000
const wave = (phase: number): Float32Array => Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7 + phase))
const x = wave(0)
const dy = wave(1)
const { channels } = prelu({ alpha: new Float32Array(8), inner: 100 })

/** Sums as they should be. */
function rightSums(): TileSums[] {
  return [...tilesOf(length, channels!, 30_000, 256)].map(tile => {
    const sums: number[] = []
    for (let index = 0; ; index++) {
      let sum = 0
      const ranges = [...rangesOf(tile, index)]
      if (ranges.length === 0) return { tile, sums: Float32Array.from(sums) }
      for (const [from, to] of ranges) for (let i = from; i < to; i++) if (!(x[i]! > 0)) sum += x[i]! * dy[i]!
      sums.push(sum)
    }
  })
}

const every = ({ sums }: TileSums): Iterable<number> => allIndices(sums.length)
const dAlpha = Float32Array.from(sumAlphaOnCpu(channels!, x, dy))

test('sums on the CPU are those of the channels, in float64', async () => {
  const expected = new Float64Array(8)
  for (let i = 0; i < length; i++) if (!(x[i]! > 0)) expected[Math.floor(i / 100) % 8]! += x[i]! * dy[i]!
  const dispatcher = await createDispatcher({ processor: 'cpu' })
  const result = await dispatcher.backwardAlpha(prelu({ alpha: new Float32Array(8), inner: 100 }), x, dy)
  for (const [channel, sum] of expected.entries()) expect(result[channel]).toBeCloseTo(sum, 4)
  const [one] = await dispatcher.backwardAlpha(prelu(), x, dy)
  expect(one).toBeCloseTo(
    expected.reduce((total, sum) => total + sum),
    3,
  )
})

describe('comparison', () => {
  test('right sums have no mismatch', () => {
    const tiles = rightSums()
    const elements = tiles.reduce((count, { sums }) => count + sums.length, 0)
    const comparison = compareSums(channels!, { x, dy }, tiles, dAlpha, every)
    expect(comparison).toMatchObject({ elements, mismatches: 0, first: [] })
    expect(comparison.maxUlp).toBeLessThan(1)
  })

  test('what a float32 tree may be off by is allowed, and more is not', () => {
    for (const [units, mismatches] of [
      [18, 0],
      [21, 1],
    ] as const) {
      const tiles = rightSums()
      const [{ tile, sums }] = tiles as [TileSums]
      const magnitude = [...rangesOf(tile, 3)]
        .flatMap(([from, to]) => [...x.subarray(from, to)].map((value, i) => Math.min(value, 0) * dy[from + i]!))
        .reduce((total, term) => total + Math.abs(term), 0)
      sums[3]! += units * 2 ** -24 * magnitude
      const comparison = compareSums(channels!, { x, dy }, tiles, dAlpha, every)
      expect(comparison.mismatches).toBe(mismatches)
      if (mismatches > 0) expect(comparison.first[0]).toMatchObject({ result: 'dAlpha', index: 3 })
    }
  })

  test('NaN in place of a number, and a number in place of NaN', () => {
    const tiles = rightSums()
    tiles[1]!.sums[0] = NaN
    expect(compareSums(channels!, { x, dy }, tiles, dAlpha, every).mismatches).toBe(1)
    const withNaN = x.slice()
    withNaN[950] = NaN
    const none = (): Iterable<number> => []
    const lost = compareSums(channels!, { x: withNaN, dy }, rightSums(), dAlpha, none)
    expect(lost.first).toMatchObject([{ index: 1, expected: NaN, ulp: Infinity }])
    const kept = dAlpha.slice()
    kept[1] = NaN
    expect(compareSums(channels!, { x: withNaN, dy }, rightSums(), kept, none).mismatches).toBe(0)
  })
})

test('a sample has both ends, and one seed gives the same', () => {
  const sums = new Float32Array(10_000)
  const tile = { start: 0, end: 16 * 2 ** 20, firstChannel: 0, channels: 100, inner: 1, lanes: 256 }
  const sample = (seed: number): number[] => [...sampleSums({ tile, sums }, seed)]
  expect(sample(1)).toEqual(sample(1))
  expect(sample(1)).not.toEqual(sample(2))
  expect(sample(1)).toEqual(expect.arrayContaining([0, 9_999]))
  expect(sample(1).length).toBeGreaterThan(100)
  expect([...sampleSums({ tile, sums: sums.subarray(0, 1) }, 1)]).toEqual([0])
})
