import type { Verdict } from './judge/child.ts'
import type { Mutant } from './operators.ts'

/** What became of a mutant: on which driver, unless it survived on all. */
export interface Outcome {
  readonly mutant: Mutant
  readonly verdict: Verdict | { readonly kind: 'explained'; readonly reason: string }
  readonly driver?: string
}

const COLUMNS = ['caught', 'refused', 'hung', 'crashed', 'explained', 'survived'] as const

/** One line a file, and one for all of them. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const files = new Map<string, Outcome[]>()
  for (const outcome of outcomes) {
    const { file } = outcome.mutant
    files.set(file, [...(files.get(file) ?? []), outcome])
  }
  const rows = [...files].map(([file, those]) => rowOf(file, those))
  const lines = [['file', 'mutants', ...COLUMNS, 'score'], ...rows, rowOf('all', outcomes)]
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map(line => line[column]!.length)))
  const pad = (text: string, column: number): string =>
    column === 0 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)
  return lines.map(line => line.map(pad).join('  ')).join('\n')
}

function rowOf(name: string, outcomes: readonly Outcome[]): string[] {
  const counts = COLUMNS.map(kind => outcomes.filter(({ verdict }) => verdict.kind === kind).length)
  return [name, String(outcomes.length), ...counts.map(count => (count === 0 ? '-' : String(count))), scoreOf(outcomes)]
}

/** How many were caught, of those that can be. Rounded down: all is all. */
function scoreOf(outcomes: readonly Outcome[]): string {
  const possible = outcomes.filter(({ verdict }) => verdict.kind !== 'explained')
  const survived = possible.filter(({ verdict }) => verdict.kind === 'survived').length
  if (possible.length === 0) return '-'
  return `${(Math.floor((1000 * (possible.length - survived)) / possible.length) / 10).toFixed(1)} %`
}

export function describeOutcome({ mutant, verdict, driver }: Outcome): string {
  const { id, line, column } = mutant
  const place = `${id}\n    at ${line}:${column}`
  if (verdict.kind === 'survived') return `survived: ${place}`
  if (verdict.kind === 'explained') return `explained: ${place}: ${verdict.reason}`
  return `${verdict.kind} on ${driver}: ${place}, by ${verdict.test.name}: ${verdict.reason}`
}
