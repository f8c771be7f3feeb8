import { describe, expect, test } from 'vitest'
import { createDispatcherWith } from '../../../src/dispatcher/create.ts'
import { createDispatcher, prelu } from '../../../src/index.ts'
import { sumAlphaOnCpu } from '../../../src/reference/alpha-sums.ts'
import { fromHalf, toHalf } from '../../support/half.ts'
import { ordinary } from '../../support/pairs.ts'
import { wholePeriods } from '../../support/prelu.ts'

// The gradient of slopes by WebAssembly, in float64, against the loop that the cross-check trusts.

const wasm = await createDispatcher({ processor: 'cpu' })
const javascript = await createDispatcherWith({ processor: 'cpu' }, { missing: 'None wanted.' })

/** Each way to add up, its ends, and chunks that end within a run. */
const shapes = [
  [1, 1, 3],
  [1, 1, 100_003],
  [2, 1, 10],
  [3, 1, 50_001],
  [7, 3, 40_000],
  [64, 1, 40_000],
  [4096, 1, 30_000],
  [4095, 1, 20_000],
  [64, 49, 20_000],
  [600, 49, 30_000],
  [2, 20_001, 40_000],
  [300, 64, 40_000],
  [20_000, 1, 40_000],
] as const

function expectClose(found: Float32Array, expected: Float64Array, magnitudes: Float64Array): void {
  const wrong = [...found].flatMap((sum, c) =>
    Math.abs(sum - expected[c]!) <= Math.abs(expected[c]!) * 2 ** -24 + magnitudes[c]! * 2 ** -50
      ? []
      : [[c, sum, expected[c]]],
  )
  expect(found.length).toBe(expected.length)
  expect(wrong).toEqual([])
}

test.each(shapes)('%i slopes of %i, %i elements or more, in every format', async (count, inner, least) => {
  const activation = prelu({ alpha: new Float32Array(count), inner })
  const length = wholePeriods(least, { alpha: new Float32Array(count), inner })
  const [x, dy] = [ordinary(length, 1), ordinary(length, 2)]
  const truthOf = (a: Float32Array, b: Float32Array) => sumAlphaOnCpu(activation.channels!, a, b)
  const magnitudesOf = (a: Float32Array, b: Float32Array) =>
    truthOf(
      a.map(value => (value > 0 ? value : -Math.abs(value))),
      b.map(Math.abs),
    ).map(Math.abs)
  const sums = await wasm.backwardAlpha(activation, x, dy)
  expectClose(sums, truthOf(x, dy), magnitudesOf(x, dy))
  expect(await wasm.backwardAlpha(activation, x, dy)).toEqual(sums)
  const [ownX, ownDy] = [x, dy].map(array => {
    const own = wasm.allocate(length)
    own.set(array)
    return own
  })
  expect(await wasm.backwardAlpha(activation, ownX!, ownDy!)).toEqual(sums)
  for (const format of ['f16', 'bf16'] as const) {
    const [halfX, halfDy] = [toHalf(format, x), toHalf(format, dy)]
    const [a, b] = [fromHalf(format, halfX), fromHalf(format, halfDy)]
    const found = await wasm.backwardAlpha(activation, halfX, halfDy, { format })
    expectClose(found, truthOf(a, b), magnitudesOf(a, b))
    expectClose(
      await javascript.backwardAlpha(activation, halfX, halfDy, { format }),
      truthOf(a, b),
      magnitudesOf(a, b),
    )
  }
})

describe('what is not ordinary', () => {
  // Vectors, and elements behind the last one.
  test.each([
    [4, 1],
    [2, 50],
    [1, 1],
  ])('%i slopes of %i', async (count, inner) => {
    const activation = prelu({ alpha: new Float32Array(count), inner })
    const length = count * inner * 3
    for (const place of [0, length - 1]) {
      const channel = Math.floor(place / inner) % count
      const sumsOf = async (value: number, gradient: number): Promise<number> => {
        const x = Float32Array.from({ length }, (_, i) => (i === place ? value : -1))
        const dy = Float32Array.from({ length }, (_, i) => (i === place ? gradient : 0))
        const sums = [...(await wasm.backwardAlpha(activation, x, dy))]
        expect(sums.filter((_, c) => c !== channel).every(sum => sum === 0)).toBe(true)
        return sums[channel]!
      }
      expect(await sumsOf(NaN, 1)).toBeNaN()
      expect(await sumsOf(-1, NaN)).toBeNaN()
      expect(await sumsOf(0, Infinity)).toBeNaN()
      expect(await sumsOf(2, NaN)).toBe(0)
      expect(await sumsOf(2 ** -149, Infinity)).toBe(0)
      expect(await sumsOf(Infinity, Infinity)).toBe(0)
      expect(await sumsOf(-Infinity, 1)).toBe(-Infinity)
      expect(await sumsOf(-(2 ** -149), 1)).toBe(-(2 ** -149))
      expect(await sumsOf(-3e38, 2)).toBe(-Infinity)
    }
  })

  test('products beyond float32 that cancel', async () => {
    const x = Float32Array.of(-(2 ** 127), -(2 ** 127), -(2 ** 100), -(2 ** 100), -(2 ** 100))
    const dy = Float32Array.of(4, -4, 1, 1, 1)
    expect([...(await wasm.backwardAlpha(prelu(), x, dy))]).toEqual([-3 * 2 ** 100])
  })
})
