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
  const rows = outcomes.map(({ mutant, verdict }) => ({ file: mutant.file, kind: verdict.kind }))
  return countTable(rows, COLUMNS, {
    score: ({ explained, survived, all }) => shareOf(all - explained - survived, all - explained),
  })
}

/** How many there are of each kind, and of all. */
type Counts<Kind extends string> = Readonly<Record<Kind | 'all', number>>

/**
 * A table of how many mutants there are of each kind: one line a file, and one for all of them.
 *
 * @param scores what is worked out of the counts of a line, by the heads of their columns
 */
export function countTable<Kind extends string>(
  mutants: readonly { readonly file: string; readonly kind: Kind }[],
  kinds: readonly Kind[],
  scores: Readonly<Record<string, (counts: Counts<Kind>) => string>>,
): string {
  const lineOf = (name: string, those: typeof mutants): string[] => {
    const countOf = (kind: Kind): number => those.filter(mutant => mutant.kind === kind).length
    const counts = {
      ...Object.fromEntries(kinds.map(kind => [kind, countOf(kind)])),
      all: those.length,
    } as Counts<Kind>
    const counted = kinds.map(kind => (counts[kind] === 0 ? '-' : String(counts[kind])))
    return [name, String(those.length), ...counted, ...Object.values(scores).map(score => score(counts))]
  }
  const files = [...new Set(mutants.map(({ file }) => file))]
  const rows = files.map(name =>
    lineOf(
      name,
      mutants.filter(({ file }) => file === name),
    ),
  )
  const lines = [['file', 'mutants', ...kinds, ...Object.keys(scores)], ...rows, lineOf('all', mutants)]
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map(line => line[column]!.length)))
  const pad = (text: string, column: number): string =>
    column === 0 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)
  return lines.map(line => line.map(pad).join('  ')).join('\n')
}

/** A share in per cent, rounded down: all is all. */
export function shareOf(part: number, whole: number): string {
  return whole === 0 ? '-' : `${(Math.floor((1000 * part) / whole) / 10).toFixed(1)} %`
}

export function describeOutcome({ mutant, verdict, driver }: Outcome): string {
  const { id, change, line, column } = mutant
  const place = `${id}: ${change}\n    at ${line}:${column}`
  if (verdict.kind === 'survived') return `survived: ${place}`
  if (verdict.kind === 'explained') return `explained: ${place}: ${verdict.reason}`
  return `${verdict.kind} on ${driver}: ${place}, by ${verdict.test.name}: ${verdict.reason}`
}
