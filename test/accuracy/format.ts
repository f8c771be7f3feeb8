import { floatOf, isNaNBits } from '../../src/support/bits.ts'
import type { Errors, Result } from './survey.ts'

/** `3:05`, or `1:02:03` from an hour on. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  const two = (value: number): string => String(value).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  const clock = minutes < 60 ? String(minutes) : `${Math.floor(minutes / 60)}:${two(minutes % 60)}`
  return `${clock}:${two(seconds % 60)}`
}

/**
 * A largest error in units in the last place: `0.5`, `3271`, `1.4e7`. In words where that says nothing: `NaN` and `Infinity`
 * stand for a number then, and `not 0` is what should be 0, which has no last place.
 */
export function formatLargest({ largest: ulp, worst }: Errors): string {
  if (worst !== undefined && isNaNBits(worst.actual)) return 'NaN'
  if (worst !== undefined && ulp >= 2 ** 24) {
    if (!Number.isFinite(floatOf(worst.actual))) return 'Infinity'
    if (floatOf(worst.expected) === 0) return 'not 0'
  }
  if (ulp < 1000) return ulp.toFixed(1)
  return ulp < 1e6 ? ulp.toFixed(0) : ulp.toExponential(1).replace('e+', 'e')
}

/** A float32, given as its bits, with as many digits as distinguish it from its neighbours, or fewer. */
export function formatFloat(bits: number, digits = 9): string {
  const value = floatOf(bits)
  if (Object.is(value, -0)) return '-0'
  if (value === 0 || !Number.isFinite(value)) return String(value)
  for (let precision = 1; precision < digits; precision++) {
    const text = value.toPrecision(precision)
    if (Math.fround(Number(text)) === value) return shortest(text)
  }
  return shortest(value.toPrecision(digits))
}

// Without zeros that only hold the place of a digit.
function shortest(text: string): string {
  const value = Number(text)
  const magnitude = Math.abs(value)
  return magnitude < 1e-3 || magnitude >= 1e7 ? value.toExponential().replace('e+', 'e') : String(value)
}

function formatBits(bits: number): string {
  const hex = `0x${(bits >>> 0).toString(16).padStart(8, '0')}`
  return isNaNBits(bits) ? `NaN (${hex})` : `${formatFloat(bits)} (${hex})`
}

/** The inputs of a result: `x = 1 (0x3f800000), dy = 1 (0x3f800000)`. */
function formatInputs({ x, up, dy }: Result): string {
  const inputs = up === undefined ? { x, dy } : { gate: x, up, dy }
  const given = Object.entries(inputs).filter(([, bits]) => bits !== undefined)
  return given.map(([name, bits]) => `${name} = ${formatBits(bits!)}`).join(', ')
}

/** The largest error of a survey, with its input. */
export function describeLargest(errors: Errors): string {
  const { worst, atCrossing } = errors
  const units = atCrossing ? 'units of 2^-25 |dy|' : 'ULP'
  return `${formatLargest(errors)} ${units}${worst === undefined ? '' : ` at ${formatInputs(worst)}`}`
}

/** A wrong result, with the right one. */
export function describeResult(result: Result): string {
  return `${formatInputs(result)}: expected ${formatBits(result.expected)}, got ${formatBits(result.actual)}`
}
