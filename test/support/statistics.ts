import { expect } from 'vitest'
import type { TensorStatistics, UnitStatistics } from '../../src/diagnostics.ts'

/** The statistics of y and of the gradient in float64: `gradientOf` and `isOpen` are those of the test. */
export interface Truth {
  readonly y: (x: number) => number
  readonly gradient: (x: number) => number
  readonly isOpen?: (x: number) => boolean
  /** Below it a result counts as zero; 0 where results are exact. */
  readonly zeroBelow?: number
}

export const reluTruth: Truth = { y: x => (x < 0 ? 0 : x), gradient: x => (x <= 0 ? 0 : 1) }
export const leakyTruth: Truth = {
  y: x => (x > 0 ? x : Math.fround(Math.fround(0.01) * x)),
  gradient: x => (x > 0 ? 1 : Math.fround(0.01)),
  isOpen: x => x > 0,
}

export function statisticsOf(x: readonly number[], truth: Truth): UnitStatistics {
  const { y, gradient, zeroBelow = 0 } = truth
  const isZero = (value: number): boolean => value === 0 || Math.abs(value) < zeroBelow
  const isOpen = truth.isOpen ?? ((value: number): boolean => !isZero(gradient(value)))
  const values = x.map(y)
  const finite = values.filter(value => Number.isFinite(value))
  const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length
  const variance = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / finite.length
  const open = x.filter(isOpen).length
  const zeroGradients = x.filter(value => isZero(gradient(value))).length
  return {
    count: x.length,
    zeros: values.filter(isZero).length,
    zeroGradients,
    open,
    nans: values.filter(value => Number.isNaN(value)).length,
    infinities: values.filter(value => Math.abs(value) === Infinity).length,
    mean,
    deviation: Math.sqrt(variance),
    min: finite.length === 0 ? NaN : finite.reduce((least, value) => Math.min(least, value)),
    max: finite.length === 0 ? NaN : finite.reduce((most, value) => Math.max(most, value)),
    neverOpen: x.length > 0 && open === 0,
    dead: x.length > 0 && zeroGradients === x.length,
  }
}

/** Expects exact counts, and moments within the bounds that are documented. @param exact whether y is exact */
export function expectStatistics(actual: UnitStatistics, expected: UnitStatistics, isExact = true): void {
  const { mean, deviation, min, max, ...counts } = actual
  const { mean: trueMean, deviation: trueDeviation, min: trueMin, max: trueMax, ...trueCounts } = expected
  expect(counts).toEqual(trueCounts)
  const largest = Math.max(Math.abs(trueMin), Math.abs(trueMax))
  const near = (value: number, truth: number, bound: number): void => {
    if (Number.isNaN(truth)) expect(value).toBeNaN()
    else expect(Math.abs(value - truth), `${value} for ${truth}`).toBeLessThanOrEqual(bound)
  }
  const smooth = isExact ? 0 : 2 ** -20 * largest
  near(min, trueMin, smooth)
  near(max, trueMax, smooth)
  near(mean, trueMean, 2 ** -19 * largest + 2 ** -126)
  near(deviation, trueDeviation, 2 ** -15 * trueDeviation + 2 ** -22 * largest + smooth + 2 ** -126)
}

/** Expects the statistics of a tensor [rows, units] and of its units. */
export function expectTensor(
  actual: TensorStatistics,
  x: ArrayLike<number>,
  truth: Truth,
  units = 1,
  isExact = true,
): void {
  const all = Array.from(x)
  const { units: perUnit, dead, neverOpen, ...whole } = actual
  expect(perUnit).toHaveLength(units)
  const expected = Array.from({ length: units }, (_, unit) =>
    statisticsOf(
      all.filter((_x, i) => i % units === unit),
      truth,
    ),
  )
  for (const [unit, truthOfUnit] of expected.entries()) expectStatistics(perUnit[unit]!, truthOfUnit, isExact)
  const { dead: _dead, neverOpen: _neverOpen, ...truthOfWhole } = statisticsOf(all, truth)
  expectStatistics(
    { ...whole, dead: false, neverOpen: false },
    { ...truthOfWhole, dead: false, neverOpen: false },
    isExact,
  )
  expect(dead).toBe(expected.filter(unit => unit.dead).length)
  expect(neverOpen).toBe(expected.filter(unit => unit.neverOpen).length)
}
