import type { Claim } from './claims.ts'
import { formatShare } from '../support/format.ts'
import type { Judgement, Measured, MeasuredRange } from './protocol.ts'

/** A measured seed. */
export interface SeedResult {
  readonly seed: number
  readonly passed: boolean
  readonly measured: Measured
}

/** Of 20 seeds: 19 and more hold, 15 to 18 mostly, 6 to 14 are undecided, fewer do not hold. Of other numbers the same shares. */
export function kindOf(passed: number, seeds: number): Judgement['kind'] {
  // Compared as whole numbers: 0.95 of 20 is not exactly 19.
  const of20 = 20 * passed
  if (of20 >= 19 * seeds) return 'holds'
  if (of20 >= 15 * seeds) return 'mostly'
  return of20 >= 6 * seeds ? 'undecided' : 'fails'
}

/** The verdict over the seeds so far. */
export function judge(claim: Claim, results: readonly SeedResult[]): Judgement {
  const seeds = results.length
  const passed = results.filter(result => result.passed).length
  const kind = seeds === 0 ? 'undecided' : kindOf(passed, seeds)
  const values = rangesOf(claim, results)
  return {
    claim: claim.name,
    passed,
    seeds,
    kind,
    verdict: verdictOf(claim, kind, `${passed} of ${seeds}`),
    measured: values.map(describeRange).join(', '),
    values,
    threshold: claim.threshold,
  }
}

/** `37 % [33 47]`: median [smallest largest], without the label. */
export function formatRange({ unit, median, smallest, largest, diverged }: MeasuredRange): string {
  if (Number.isNaN(median)) return 'NaN'
  const write = unit === 'share' ? formatShare : formatNumber
  const [middle, ...ends] = [median, smallest, largest].map(write)
  const range = ends.map(end => end.replace('%', '')).join(' ')
  return `${middle!.replace('%', ' %')} [${range}]${diverged === 0 ? '' : `, ${diverged} NaN`}`
}

function describeRange(range: MeasuredRange): string {
  return `${range.label} ${formatRange(range)}`
}

function rangesOf(claim: Claim, results: readonly SeedResult[]): readonly MeasuredRange[] {
  return Object.entries(claim.labels).map(([name, text]) => {
    const all = results.map(({ measured }) => measured[name]!)
    const sorted = all.filter(value => !Number.isNaN(value)).toSorted((a, b) => a - b)
    return {
      name,
      label: text.replace(/^% /, ''),
      unit: text.startsWith('% ') ? 'share' : 'number',
      median: sorted[Math.floor(sorted.length / 2)] ?? NaN,
      smallest: sorted[0] ?? NaN,
      largest: sorted.at(-1) ?? NaN,
      diverged: all.length - sorted.length,
    }
  })
}

function verdictOf({ condition = '', instead }: Claim, kind: Judgement['kind'], count: string): string {
  switch (kind) {
    case 'holds':
      return `Holds here${condition}`
    case 'mostly':
      return `Mostly (${count})${condition}`
    case 'undecided':
      return `Undecided (${count})`
    case 'fails':
      return `Does not hold here${instead === undefined ? '' : `; ${instead}`}`
  }
}

function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'never' : String(value)
  if (Number.isInteger(value)) return String(value)
  return Math.abs(value) < 0.001 ? value.toExponential(1) : String(Number(value.toPrecision(2)))
}
