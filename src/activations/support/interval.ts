import { InputError } from '../../support/errors.ts'
import { readParameters } from './parameters.ts'

/** The interval that a function clamps x to. */
export interface Interval {
  readonly minValue: number
  readonly maxValue: number
}

/**
 * Reads the bounds of an interval, which may be infinite.
 *
 * @throws InputError when a bound is not a number or NaN, when minValue is above maxValue, and for any other option
 */
export function readInterval(activation: string, options: unknown, defaults: Interval): Interval {
  const { minValue, maxValue } = readParameters(activation, options, { ...defaults }, 'infinite')
  if (minValue > maxValue) {
    throw new InputError(
      'invalid-parameter',
      `${activation}'s minValue is ${minValue} and its maxValue ${maxValue}.`,
      'Give a minValue that is not above maxValue.',
    )
  }
  return { minValue, maxValue }
}

/** Clamps a number to an interval. */
export function clampTo({ minValue, maxValue }: Interval): (x: number) => number {
  return x => (x < minValue ? minValue : x > maxValue ? maxValue : x)
}
