import { describeChoice } from '../../../measure/choice.ts'
import { formatElements, formatMeasured, formatWhole } from '../../../support/format.ts'
import { type Environment, hasFailed, isPeer, type Row, timesCopy, timesOurs } from '../../../measure/rows.ts'

/** The columns of the table, on the page, in Markdown and in a terminal. */
export const COLUMNS: readonly Column[] = [
  { title: 'library', cell: row => row.library },
  { title: 'activation', cell: row => row.activation },
  { title: 'direction', cell: row => row.direction },
  { title: 'processor', cell: row => (row.processor === 'webgpu' ? 'WebGPU' : 'CPU') },
  { title: 'residency', cell: residencyOf },
  { title: 'clock', cell: row => row.clock },
  { title: 'elements', number: true, cell: row => formatElements(row.elements) },
  { title: 'median ms', number: true, cell: row => measured(row.medianMs) },
  { title: 'p5', number: true, cell: row => measured(row.p5Ms) },
  { title: 'p95', number: true, cell: row => measured(row.p95Ms) },
  { title: 'runs', number: true, cell: row => (row.runs === 0 ? '' : formatWhole(row.runs)) },
  { title: 'GB/s', number: true, cell: row => measured(row.gigabytesPerSecond) },
  { title: '× copy', number: true, cell: (row, rows) => measured(timesCopy(row, rows)) },
  { title: 'check', cell: verdict },
  { title: '× ours', number: true, cell: (row, rows) => measured(timesOurs(row, rows)) },
]

interface Column {
  readonly title: string
  readonly number?: true
  readonly cell: (row: Row, rows: readonly Row[]) => string
}

/** The place of the data, and that of the result unless it is a new array. */
export function residencyOf({ residency, output }: Row): string {
  return output === undefined ? residency : `${residency}, ${output}`
}

/** The result of a row's check, in a word or a sentence. */
export function verdict(row: Row): string {
  if (row.skipped !== undefined) return `skipped: ${row.skipped}`
  if (hasFailed(row)) return `✗ ${row.error ?? 'failed'}`
  const { maxUlp } = row.crossCheck
  if (isPeer(row) && maxUlp > 0) return `off by up to ${formatWhole(maxUlp)} ULP`
  return maxUlp === 0 ? '✓ equal' : `✓ within ${Math.ceil(maxUlp)} ULP`
}

/** The rows as a Markdown table, aligned so that it reads well as it stands. */
export function markdownTable(rows: readonly Row[]): string {
  const body = rows.map(row =>
    COLUMNS.map(({ cell }) => cell(row, rows).replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')),
  )
  const titles = COLUMNS.map(({ title }) => title)
  // A long message may exceed its column, since a failed row has no ratio after it.
  const widths = COLUMNS.map((_, i) => Math.max(...[titles, ...body].map(cells => Math.min(cells[i]!.length, 24))))
  const align = (cells: readonly string[]) =>
    cells.map((cell, i) => (COLUMNS[i]!.number ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
  const rule = widths.map((width, i) => (COLUMNS[i]!.number ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)))
  return [align(titles), rule, ...body.map(align)].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

/** The report as Markdown: the environment, the method and the table. */
export function markdownReport(environment: Environment, rows: readonly Row[], input: string): string {
  const lines = [
    `webgpu-activations ${environment.library}, ${environment.when}`,
    `- adapter: ${describeAdapter(environment.adapter)}`,
    `- browser: ${environment.userAgent}`,
    `- input: ${input}`,
    "- bytes counted: forward 8 an element, backward 12, of gated pairs 12 and 20; × copy: time relative to a plain copy, byte for byte; × ours: time relative to this library's",
    ...(choiceOf(environment) === '' ? [] : [`- ${choiceOf(environment)}`]),
    ...(environment.peers === undefined ? [] : [`- peers: ${describePeers(environment.peers)}`]),
    '',
    markdownTable(rows),
  ]
  return `${lines.join('\n')}\n`
}

/** The library's choice of processor, in words; empty where it is unknown. */
export function choiceOf({ cpu, auto }: Environment): string {
  return cpu === undefined ? '' : describeChoice({ cpu, ...(auto !== undefined && { auto }) })
}

/** One line for the other libraries, with their versions. */
function describePeers(peers: NonNullable<Environment['peers']>): string {
  return Object.entries(peers)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')
}

/** One line for an adapter. */
export function describeAdapter(adapter: Environment['adapter']): string {
  if (adapter === null) return 'not used'
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter
  const names = [vendor, architecture, description === '' ? device : description].filter(name => name !== '')
  return `${names.length === 0 ? 'unnamed' : names.join(', ')}${isFallbackAdapter ? ' (software adapter)' : ''}`
}

/** The content of "Download JSON" and `--json`: all rows but those that were skipped. `ratio` is the time relative to ours. */
export function jsonReport(environment: Environment, rows: readonly Row[]): string {
  const measurements = rows
    .filter(({ skipped }) => skipped === undefined)
    .map(row => ({ ...row, ratio: timesOurs(row, rows) }))
  const readable = (_: string, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
  return `${JSON.stringify({ environment, rows: measurements }, readable, 2)}\n`
}

function measured(value: number | undefined): string {
  return value === undefined ? '' : formatMeasured(value)
}
