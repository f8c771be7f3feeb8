import zeroGate from '../../../shaders/numerics/zero-gate.wgsl?raw'
import interval from '../../../shaders/numerics/integer-interval.wgsl?raw'
import type { Integers } from './activation.ts'
import type { Interval } from './interval.ts'

const LEAST = -(2 ** 31)
const MOST = 2 ** 31 - 1

/**
 * Returns a function of int32 that passes x from `first` to `last`, integers or infinite, and nothing where `first` is above
 * `last`. There the result is `below` where x is less than `first`, and `above` elsewhere; both are int32.
 */
export function passing(first: number, last: number, below: number, above: number): Integers {
  const isEmpty = first > MOST || last < LEAST
  const [from, to] = isEmpty ? [MOST, LEAST] : [Math.max(first, LEAST), Math.min(last, MOST)]
  return {
    programName: 'interval',
    wgslSources: [zeroGate, interval],
    uniforms: [from, to, below, above],
    forward: x => (x > to ? above : x < from ? below : x),
    isOpen: x => x >= from && x <= to,
  }
}

/**
 * Returns the clamp of int32 to the integers between two bounds.
 *
 * @param margin 0 where the gradient passes at the bounds, 1 where it does not
 * @returns undefined where no int32 is between the bounds
 */
export function integerClamp({ minValue, maxValue }: Interval, margin: 0 | 1): Integers | undefined {
  const [least, most] = [Math.ceil(minValue), Math.floor(maxValue)]
  if (least > Math.min(most, MOST) || most < LEAST) return undefined
  // A bound outside of int32 is none.
  const first = least < LEAST ? LEAST : least + margin
  const last = most > MOST ? MOST : most - margin
  return passing(first, last, Math.max(least, LEAST), Math.min(most, MOST))
}

/** Tells whether a number is an int32. */
export function isInt32(value: number): boolean {
  return Number.isInteger(value) && value >= LEAST && value <= MOST
}
