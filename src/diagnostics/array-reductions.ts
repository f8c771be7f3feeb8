import { leakyRelu } from '../activations/leakyRelu.ts'
import type { Activation } from '../activations/support/activation.ts'
import { periodOf } from '../activations/support/channels.ts'
import type { MismatchCount } from '../checking/comparison.ts'
import { SMALLEST_NORMAL, SMALLEST_SUBNORMAL } from '../support/bits.ts'
import type { ArrayReduction } from './array-call.ts'
import { recordColumns, recordNorm } from './create.ts'
import { BYTES_PER_UNIT, finiteOf, joined, type Moments, NOTHING, readMoments, SEEN } from './read.ts'

// The documented bounds, with room for the reference.
const MEAN = 2 ** -18
const DEVIATION = 2 ** -14
const NORM = 2 ** -20
// Near a limit of a smooth function the processors may be on different sides of it.
const NEAR_ZERO = 2 ** -21
const NEAR_INFINITY = 2 ** 127

/** The results of an activation at one x, rounded to float32 once, as the kernels have them. */
function resultsOf({ reference, gate, bounds }: Activation) {
  const zeroBelow = bounds === undefined ? SMALLEST_SUBNORMAL : SMALLEST_NORMAL
  const isZero = (value: number): boolean => Math.abs(value) < zeroBelow
  return (x: number, element: number) => {
    const y = Number.isNaN(x) ? x : Math.fround(reference.forward(x, element))
    const derivative = Math.fround(reference.derivative(x, element))
    const hasGradient = !isZero(derivative)
    return { y, derivative, isZero: isZero(y), hasGradient, isOpen: gate?.isOpen(x) ?? hasGradient }
  }
}

/** The index of an element, as far as its column and its slope depend on it: equal indices share a plan. */
function placeOf(activation: Activation, units: number, start: number): number {
  return periodOf(activation) === 1 ? start % units : start
}

/** Statistics, in float64 by Welford's method. */
export function statisticsReduction(activation: Activation, units: number): ArrayReduction<Moments[]> {
  const at = resultsOf(activation)
  const compute = (x: Float32Array, start: number): Moments[] => {
    const moments = Array.from({ length: units }, () => ({ ...NOTHING }))
    for (let i = 0; i < x.length; i++) {
      const unit = moments[(start + i) % units]!
      const { y, isZero, hasGradient, isOpen } = at(x[i]!, start + i)
      unit.count++
      if (isZero) unit.zeros++
      if (!hasGradient) unit.zeroGradients++
      if (!isOpen) unit.shut++
      if (Number.isNaN(y)) unit.nans++
      else if (!Number.isFinite(y)) unit.infinities++
      else {
        const difference = y - unit.mean
        unit.mean += difference / finiteOf(unit)
        unit.squares += difference * (y - unit.mean)
        if (y < unit.lowest) unit.lowest = y
        if (y > unit.highest) unit.highest = y
      }
    }
    return moments
  }
  return {
    name: 'activationStatistics',
    activation,
    units,
    words: (units * BYTES_PER_UNIT) / Uint32Array.BYTES_PER_ELEMENT,
    compute,
    record: (recorder, pass, x, statistics, format, start) =>
      recordColumns(
        recorder,
        pass,
        activation,
        'activationStatistics',
        { x, statistics, units, format },
        placeOf(activation, units, start),
      ),
    decode: words => readMoments(words, units),
    join: (a, b) => a.map((unit, i) => joined(unit, b[i]!)),
    compare: (actual, x, start, count) => {
      const doubtful = doubtfulIn(activation, x, start)
      for (const [unit, expected] of compute(x, start).entries())
        compareMoments(actual[unit]!, expected, unit, doubtful, count)
    },
  }
}

/** Counts the elements near a limit, where the processors may differ: none of an exact activation. */
function doubtfulIn(activation: Activation, x: Float32Array, start: number): number {
  if (activation.bounds === undefined) return 0
  const at = resultsOf(activation)
  let doubtful = 0
  for (let i = 0; i < x.length; i++) {
    const { y, derivative } = at(x[i]!, start + i)
    if (Math.abs(derivative) < NEAR_ZERO || Math.abs(y) < 2 * SMALLEST_NORMAL || Math.abs(y) >= NEAR_INFINITY)
      doubtful++
  }
  return doubtful
}

function compareMoments(
  actual: Moments,
  expected: Moments,
  unit: number,
  doubtful: number,
  count: MismatchCount,
): void {
  const judge = (result: string, bound: number, value: number, truth: number): void => {
    const isWithin = Object.is(value, truth) || Math.abs(value - truth) <= bound
    count.add(isWithin ? 0 : Infinity, isWithin, () => {
      return { result, index: unit, expected: truth, actual: value, ulp: Infinity }
    })
  }
  for (const name of ['count', 'zeros', 'zeroGradients', 'shut', 'nans', 'infinities'] as const) {
    judge(name, name === 'count' ? 0 : doubtful, actual[name], expected[name])
  }
  const finite = finiteOf(expected)
  if (finite === 0 || finite !== finiteOf(actual)) return
  const largest = Math.max(Math.abs(expected.lowest), Math.abs(expected.highest))
  const deviation = Math.sqrt(expected.squares / finite)
  judge('mean', MEAN * largest + SMALLEST_NORMAL, actual.mean, expected.mean)
  const bound = DEVIATION * deviation + MEAN * largest + SMALLEST_NORMAL
  judge('deviation', bound, Math.sqrt(actual.squares / finite), deviation)
  judge('min', MEAN * largest, actual.lowest, expected.lowest)
  judge('max', MEAN * largest, actual.highest, expected.highest)
}

/** Reduces a tensor to the bits seen of each unit. */
export function unitsReduction(activation: Activation, units: number): ArrayReduction<Uint32Array> {
  const at = resultsOf(activation)
  const compute = (x: Float32Array, start: number): Uint32Array => {
    const seen = new Uint32Array(units)
    for (let i = 0; i < x.length; i++) {
      const { hasGradient, isOpen } = at(x[i]!, start + i)
      seen[(start + i) % units]! |= SEEN.element | (hasGradient ? SEEN.gradient : 0) | (isOpen ? SEEN.open : 0)
    }
    return seen
  }
  return {
    name: 'deadUnits',
    activation,
    units,
    words: units,
    compute,
    record: (recorder, pass, x, seen, format, start) =>
      recordColumns(
        recorder,
        pass,
        activation,
        'deadUnits',
        { x, seen, units, format },
        placeOf(activation, units, start),
      ),
    decode: words => words,
    join: (a, b) => a.map((seen, i) => seen | b[i]!),
    compare: (actual, x, start, count) => {
      const mayDiffer = doubtfulIn(activation, x, start) > 0
      for (const [index, expected] of compute(x, start).entries()) {
        const isSame = actual[index] === expected || (mayDiffer && ((actual[index]! ^ expected) & SEEN.element) === 0)
        const mismatch = { result: 'seen', index, expected, actual: actual[index]!, ulp: Infinity }
        count.add(isSame ? 0 : Infinity, isSame, () => mismatch)
      }
    },
  }
}

/** The sum of the squares of an array: float64 holds that of every float32. */
export function normReduction(): ArrayReduction<number> {
  const compute = (x: Float32Array): number => {
    let sum = 0
    for (let i = 0; i < x.length; i++) sum += x[i]! * x[i]!
    return sum
  }
  return {
    name: 'gradientNorm',
    // A call has an activation.
    activation: leakyRelu({ alpha: 1 }),
    units: 1,
    words: 1,
    compute,
    record: (recorder, pass, x, norm, format) => recordNorm(recorder, pass, [x], undefined, { norm, format }),
    decode: words => new Float32Array(words.buffer, words.byteOffset, 1)[0]! ** 2,
    join: (a, b) => a + b,
    compare: (actual, x, _start, count) => {
      const [value, truth] = [Math.sqrt(actual), Math.sqrt(compute(x))]
      const isWithin =
        Object.is(value, truth) ||
        Math.abs(value - truth) <= NORM * truth + SMALLEST_SUBNORMAL ||
        // A norm that is no float32.
        (value === Infinity && truth >= NEAR_INFINITY)
      const mismatch = { result: 'norm', index: 0, expected: truth, actual: value, ulp: Infinity }
      count.add(isWithin ? 0 : Infinity, isWithin, () => mismatch)
    },
  }
}
