import { formatShare, formatValue, formatWhole } from '../support/format.ts'
import type { Inspection } from './inspection.ts'

export const COLUMNS = [
  '',
  'zeros',
  'no gradient',
  'dead',
  'never open',
  'mean',
  'deviation',
  'min',
  'max',
  'NaN',
  'Infinity',
] as const

/** The statistics of y by an activation, a text for each column. */
export function rowOf(name: string, inspection: Inspection): string[] {
  const { count, zeroGradients, dead, neverOpen } = inspection
  const ofGradient = [shareOf(zeroGradients, count), formatWhole(dead.length), formatWhole(neverOpen.length)]
  return row(name, inspection, ofGradient)
}

/** The statistics of x, which has no gradient. */
export function inputRowOf(x: Inspection): string[] {
  return row('x', x, ['', '', ''])
}

function row(
  name: string,
  { count, zeros, mean, deviation, min, max, nans, infinities }: Inspection,
  ofGradient: readonly string[],
): string[] {
  const values = [mean, deviation, min, max].map(formatValue)
  return [name, shareOf(zeros, count), ...ofGradient, ...values, formatWhole(nans), formatWhole(infinities)]
}

/** A share that is 0% for none alone, and 100% for all alone. */
function shareOf(part: number, whole: number): string {
  const share = part / whole
  if (share > 0 && share < 0.0005) return '<0.1%'
  return share < 1 && share >= 0.9995 ? '>99.9%' : formatShare(share)
}
