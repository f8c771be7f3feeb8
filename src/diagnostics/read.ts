import { BYTES_PER_WORD } from '../operations/layout.ts'
import { InputError, show } from '../support/errors.ts'

/** Statistics of y = activation(x), and of its gradient. */
export interface Statistics {
  /** The number of elements. */
  readonly count: number
  /** Elements where y is 0: exactly, or for smooth functions below the smallest normal float32, 2^-126. */
  readonly zeros: number
  /** Elements whose derivative is 0, as for `zeros`: no gradient passes there, whatever dy is. */
  readonly zeroGradients: number
  /** Elements whose gate is open; of an activation without a gate those that have a gradient. */
  readonly open: number
  /** Elements where y is NaN. They are left out of mean, deviation, min and max. */
  readonly nans: number
  /** Elements where y is Infinity or -Infinity. They are left out of mean, deviation, min and max. */
  readonly infinities: number
  /** The mean of the finite elements of y; NaN where there are none. */
  readonly mean: number
  /** The standard deviation of the finite elements of y, with the divisor n; NaN where there are none. */
  readonly deviation: number
  /** The smallest finite element of y; NaN where there is none. */
  readonly min: number
  /** The largest finite element of y; NaN where there is none. */
  readonly max: number
}

/** Statistics of one unit, a column of the tensor. */
export interface UnitStatistics extends Statistics {
  /** True if the gate was never open: no element of the unit, and there were some. */
  readonly neverOpen: boolean
  /** True if no element had a gradient, and there were some. A leaky unit that is never open is not dead. */
  readonly dead: boolean
}

/** Statistics of a tensor and of its units. */
export interface TensorStatistics extends Statistics {
  /** The number of units whose gate was never open. */
  readonly neverOpen: number
  /** The number of units that never had a gradient. */
  readonly dead: number
  /** The statistics of each unit. */
  readonly units: readonly UnitStatistics[]
}

/** Units by what was ever seen of them, as indices in ascending order. */
export interface DeadUnits {
  /** Units that never had a gradient. A leaky unit that is never open is not dead. */
  readonly dead: readonly number[]
  /** Units whose gate was never open. */
  readonly neverOpen: readonly number[]
}

export const BYTES_PER_UNIT = 80

/** Returns the bytes that the statistics of so many units take in a buffer: 80 a unit. @throws InputError */
export function statisticsBytes(units = 1): number {
  return BYTES_PER_UNIT * readUnits(units)
}

/**
 * Reads the statistics that `activationStatistics` left in a buffer.
 *
 * @param bytes the bytes of the binding, an ArrayBuffer or a view of one
 * @param units the number of columns of the tensor; 1 when left out
 * @throws InputError for other values, and for too few bytes
 */
export function readStatistics(bytes: ArrayBufferLike | ArrayBufferView, units = 1): TensorStatistics {
  return summaryOf(readMoments(bytes, readUnits(units)))
}

/**
 * Reads the units that `deadUnits` left in a buffer.
 *
 * @param bytes the bytes of the binding, an ArrayBuffer or a view of one
 * @param units the number of columns of the tensor
 * @throws InputError for other values, and for too few bytes
 */
export function readDeadUnits(bytes: ArrayBufferLike | ArrayBufferView, units: number): DeadUnits {
  return deadUnitsOf(readWordsOf(bytes, readUnits(units)))
}

/** The bits seen of a unit: an element, a gradient, an open gate. */
export const SEEN = { element: 1, gradient: 2, open: 4 } as const

/** @param seen for each unit what was ever seen of it */
export function deadUnitsOf(seen: Uint32Array): DeadUnits {
  const without = (bit: number): number[] =>
    [...seen.keys()].filter(unit => (seen[unit]! & (SEEN.element | bit)) === SEEN.element)
  return { dead: without(SEEN.gradient), neverOpen: without(SEEN.open) }
}

/** Statistics of a unit so far, in float64. */
export interface Moments {
  count: number
  zeros: number
  zeroGradients: number
  shut: number
  nans: number
  infinities: number
  lowest: number
  highest: number
  mean: number
  /** The sum of squared deviations from the mean. */
  squares: number
}

export const NOTHING: Readonly<Moments> = {
  count: 0,
  zeros: 0,
  zeroGradients: 0,
  shut: 0,
  nans: 0,
  infinities: 0,
  lowest: Infinity,
  highest: -Infinity,
  mean: 0,
  squares: 0,
}

/** Decodes what the kernel join-statistics.wgsl writes. @throws InputError */
export function readMoments(bytes: unknown, units: number): Moments[] {
  const words = readWordsOf(bytes, (units * BYTES_PER_UNIT) / BYTES_PER_WORD)
  const floats = new Float32Array(words.buffer, words.byteOffset, words.length)
  return Array.from({ length: units }, (_, unit) => {
    const at = (unit * BYTES_PER_UNIT) / BYTES_PER_WORD
    const count = (index: number): number => words[at + 2 * index]! + words[at + 2 * index + 1]! * 2 ** 32
    const scaled = (index: number): number => floats[at + index]! + floats[at + index + 1]!
    const factor = floats[at + 18]!
    return {
      count: count(0),
      zeros: count(1),
      zeroGradients: count(2),
      shut: count(3),
      nans: count(4),
      infinities: count(5),
      lowest: floats[at + 12]!,
      highest: floats[at + 13]!,
      mean: scaled(14) / factor,
      squares: scaled(16) / factor ** 2,
    }
  })
}

/** Joins the statistics of two parts (Chan, Golub and LeVeque, 1979). */
export function joined(a: Readonly<Moments>, b: Readonly<Moments>): Moments {
  const [one, other] = [finiteOf(a), finiteOf(b)]
  const weight = other === 0 ? 0 : other / (one + other)
  const difference = b.mean - a.mean
  return {
    count: a.count + b.count,
    zeros: a.zeros + b.zeros,
    zeroGradients: a.zeroGradients + b.zeroGradients,
    shut: a.shut + b.shut,
    nans: a.nans + b.nans,
    infinities: a.infinities + b.infinities,
    lowest: Math.min(a.lowest, b.lowest),
    highest: Math.max(a.highest, b.highest),
    mean: a.mean + difference * weight,
    squares: a.squares + b.squares + difference ** 2 * weight * one,
  }
}

export function finiteOf({ count, nans, infinities }: Readonly<Moments>): number {
  return count - nans - infinities
}

export function summaryOf(moments: readonly Moments[]): TensorStatistics {
  const units = moments.map(unit => {
    const { count, zeroGradients, shut } = unit
    return { ...statisticsOf(unit), neverOpen: count > 0 && shut === count, dead: count > 0 && zeroGradients === count }
  })
  return {
    ...statisticsOf(moments.reduce(joined, { ...NOTHING })),
    neverOpen: units.filter(({ neverOpen }) => neverOpen).length,
    dead: units.filter(({ dead }) => dead).length,
    units,
  }
}

function statisticsOf(moments: Moments): Statistics {
  const { count, zeros, zeroGradients, shut, nans, infinities, lowest, highest, mean, squares } = moments
  const finite = finiteOf(moments)
  const ofFinite = (value: number): number => (finite === 0 ? NaN : value)
  return {
    count,
    zeros,
    zeroGradients,
    open: count - shut,
    nans,
    infinities,
    mean: ofFinite(mean),
    deviation: ofFinite(Math.sqrt(squares / finite)),
    min: ofFinite(lowest),
    max: ofFinite(highest),
  }
}

const MOST_UNITS = 2 ** 31 - 1

/** Checks a number of units. @throws InputError */
export function readUnits(units: unknown): number {
  if (Number.isInteger(units) && (units as number) >= 1 && (units as number) <= MOST_UNITS) return units as number
  const fix = 'Give how many columns the tensor has, 1 or more.'
  throw new InputError('invalid-argument', `units is ${show(units)}.`, fix)
}

function readWordsOf(bytes: unknown, words: number): Uint32Array {
  const isView = ArrayBuffer.isView(bytes)
  const isBuffer = /^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(bytes))
  if (!isView && !isBuffer) {
    const fix = 'Give an ArrayBuffer, such as a copy of getMappedRange().'
    throw new InputError('invalid-array', `The bytes are ${show(bytes)}.`, fix)
  }
  const { buffer, byteOffset, byteLength } = isView ? bytes : new Uint8Array(bytes as ArrayBuffer)
  const needed = words * BYTES_PER_WORD
  if (byteLength < needed) {
    const message = `There are ${byteLength} bytes, and so many units need ${needed}.`
    throw new InputError('length-mismatch', message, 'Give all of the binding, and the units it was recorded with.')
  }
  // A copy, because a view may begin at any byte.
  return new Uint32Array(new Uint8Array(buffer, byteOffset, needed).slice().buffer)
}
