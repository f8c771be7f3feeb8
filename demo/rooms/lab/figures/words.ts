import type { ActivationChoice } from '../../../lab/training-setup.ts'

/** A share: `48 %`, `99.7 %` near the ends, `NaN`. */
export function percent(share: number): string {
  if (Number.isNaN(share)) return 'NaN'
  const value = 100 * share
  const isNearAnEnd = (value > 0 && value < 1) || (value > 99 && value < 100)
  return `${value.toFixed(isNearAnEnd ? 1 : 0)} %`
}

/** A number to two digits: `0.021`, `1.6e-4`, `NaN`. */
export function twoDigits(value: number): string {
  if (!Number.isFinite(value) || value === 0) return String(value)
  const size = Math.abs(value)
  return size < 0.001 || size >= 1e5 ? value.toExponential(1).replace('+', '') : String(Number(value.toPrecision(2)))
}

/** An activation with its parameters: `leakyRelu 0.01`. */
export function nameOf({ name, parameters = {} }: ActivationChoice): string {
  return [name, ...Object.values(parameters)].join(' ')
}
