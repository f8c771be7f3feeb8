import { InputError } from '../../support/errors.ts'

/** The interval that a function clamps x to. */
export interface Interval {
  readonly minValue: number
  readonly maxValue: number
}

/** Checks the bounds of an interval. @throws InputError when minValue is above maxValue */
export function checkInterval(activation: string, { minValue, maxValue }: Interval): void {
  if (minValue <= maxValue) return
  const message = `${activation}'s minValue is ${minValue} and its maxValue ${maxValue}.`
  throw new InputError('invalid-parameter', message, 'Give a minValue that is not above maxValue.')
}

/** Clamps a number to an interval. */
export function clampTo(x: number, { minValue, maxValue }: Interval): number {
  return x < minValue ? minValue : x > maxValue ? maxValue : x
}
