/** A row of the table, and of the JSON. */
export interface Row {
  readonly name: string
  readonly version: string
  readonly built: string
  readonly runs: string
  readonly processors: readonly string[]
  /** The fault; undefined where the app works. */
  readonly problem: string | undefined
  readonly seconds: number
}

const HEADINGS = ['app', 'version', 'built', 'ran on', 'result', 'seconds']

/** The table, and below it the problems in full. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map(row => [
    row.name,
    row.version,
    row.built,
    row.processors.length === 0 ? row.runs : `${row.runs}: ${row.processors.join(', ')}`,
    row.problem === undefined ? 'works' : 'FAILS',
    row.seconds.toFixed(1),
  ])
  const table = [HEADINGS, ...cells]
  const widths = HEADINGS.map((_, i) => Math.max(...table.map(line => line[i]!.length)))
  const lines = table.map(line =>
    line
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  )
  const problems = rows.filter(row => row.problem !== undefined).map(row => `\n${row.name}: ${row.problem}\n`)
  return `${lines.join('\n')}\n${problems.join('')}`
}
