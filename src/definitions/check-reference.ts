import type { Reference } from '../activations/support/activation.ts'
import { DefinitionError, show } from '../support/errors.ts'

const SAMPLES = 160

// Numbers on both sides of zero from 2^-12 to 2^7, at no round places: a reference may have kinks there.
function sampleAt(i: number): number {
  const magnitude = 2 ** (-12 + (19 * (i >> 1)) / 79.3)
  return i % 2 === 0 ? magnitude : -magnitude
}

// The distance of the differences, relative to x: their rounding and truncation errors are both about 2^-35.
const STEP = 2 ** -17
const LEAST_STEP = 2 ** -22
// The difference of a derivative from a quotient that is no error: of the quotients, and of their rounding.
const TOLERANCE = 2 ** -10
const ROUNDING = 2 ** -49
// Float32 has no smaller number.
const SMALLEST = 2 ** -149

/**
 * Checks a reference: it gives numbers, and its derivative is that of its values.
 *
 * The derivative is compared at 160 numbers from -128 to 128 with difference quotients of `forward`, in float64, to the left
 * and to the right: it lies between them, within 2^-10 of the larger. So a kink or a step may have any derivative between.
 *
 * @param title the activation, as a message names it
 * @throws DefinitionError
 */
export function checkReference(title: string, { forward, derivative }: Reference): void {
  const valueAt = (name: keyof Reference, x: number): number => {
    let value: unknown
    try {
      value = name === 'forward' ? forward(x) : derivative(x)
    } catch (cause) {
      const message = `${title}'s reference.${name} threw ${show(cause)} for x = ${show(x)}.`
      throw new DefinitionError(message, 'Have it return a number for every x.', undefined, cause)
    }
    if (typeof value === 'number' && (name === 'derivative' || !Number.isFinite(x) || !Number.isNaN(value)))
      return value
    const message = `${title}'s reference.${name} returned ${show(value)} for x = ${show(x)}.`
    throw new DefinitionError(message, 'Have it return a number for every x.')
  }
  for (const x of [0, -0, Infinity, -Infinity]) {
    valueAt('forward', x)
    valueAt('derivative', x)
  }
  valueAt('derivative', NaN)
  for (let i = 0; i < SAMPLES; i++) {
    const x = sampleAt(i)
    const slope = valueAt('derivative', x)
    const step = Math.max(LEAST_STEP, Math.abs(x) * STEP)
    const [before, at, after] = [x - step, x, x + step].map(place => valueAt('forward', place)) as [
      number,
      number,
      number,
    ]
    const left = (at - before) / step
    const right = (after - at) / step
    if (!Number.isFinite(left) || !Number.isFinite(right)) continue
    const rounding = (ROUNDING * Math.max(Math.abs(before), Math.abs(after))) / step
    const margin = TOLERANCE * Math.max(Math.abs(left), Math.abs(right)) + rounding + SMALLEST
    if (slope >= Math.min(left, right) - margin && slope <= Math.max(left, right) + margin) continue
    const message = `${title}'s reference.derivative is ${slope} at x = ${x}, where forward rises by ${(left + right) / 2}.`
    throw new DefinitionError(message, 'Give the derivative of forward.')
  }
}
