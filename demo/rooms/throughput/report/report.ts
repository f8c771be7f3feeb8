import { describeChoice } from '../../../measure/choice.ts'
import { formatElements, formatMeasured, formatWhole } from '../../../support/format.ts'
import { type Environment, hasFailed, isPeer, type Row, timesCopy, timesOurs } from '../../../measure/rows.ts'

/** A column of a table of rows. */
export interface Column {
  readonly title: string
  /** The meaning of the title, in a sentence. */
  readonly about?: string
  readonly cell: (row: Row, rows: readonly Row[]) => string
  /** Of a column of numbers: the number. */
  readonly value?: (row: Row, rows: readonly Row[]) => number | undefined
}

/** The columns of the table in Markdown and in a terminal. The page has them in another order. */
export const COLUMNS = [
  { title: 'library', cell: row => row.library },
  { title: 'activation', cell: row => row.activation },
  { title: 'direction', cell: row => row.direction },
  { title: 'processor', cell: row => nameOfProcessor(row) },
  {
    title: 'residency',
    about:
      'resident: the data lies where it is computed, on the GPU or in the memory of the WebAssembly. roundtrip: array in, array out.',
    cell: residencyOf,
  },
  { title: 'clock', about: 'The work between two readings of the clock.', cell: row => row.clock },
  { title: 'elements', value: row => row.elements, cell: row => formatElements(row.elements) },
  numbers('median ms', 'The median of the timed runs, in milliseconds.', row => row.medianMs),
  numbers('p5', 'The 5th percentile of the timed runs, in milliseconds.', row => row.p5Ms),
  numbers('p95', 'The 95th percentile of the timed runs, in milliseconds.', row => row.p95Ms),
  { title: 'runs', value: row => row.runs, cell: row => (row.runs === 0 ? '' : formatWhole(row.runs)) },
  numbers('GB/s', 'The bytes read and written, over the median.', row => row.gigabytesPerSecond),
  numbers('× copy', 'The time relative to a plain copy of as many bytes: 1.00 is as fast as a copy.', (row, rows) =>
    timesCopy(row, rows),
  ),
  { title: 'check', about: 'The comparison of every element with a reference in float64.', cell: verdict },
  numbers(
    '× ours',
    'The time relative to that of this library for the same task: above 1 this library is faster.',
    (row, rows) => timesOurs(row, rows),
  ),
] as const satisfies readonly Column[]

/** A column of measured numbers. */
export function numbers<Title extends string>(title: Title, about: string, value: NonNullable<Column['value']>) {
  return { title, about, value, cell: (row: Row, rows: readonly Row[]) => measured(value(row, rows)) } as const
}

export function nameOfProcessor({ processor }: Row): string {
  return processor === 'webgpu' ? 'WebGPU' : 'CPU'
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
  const isNumber = COLUMNS.map(column => 'value' in column)
  // A long message may exceed its column, since a failed row has no ratio after it.
  const widths = COLUMNS.map((_, i) => Math.max(...[titles, ...body].map(cells => Math.min(cells[i]!.length, 24))))
  const align = (cells: readonly string[]) =>
    cells.map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
  const rule = widths.map((width, i) => (isNumber[i] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)))
  return [align(titles), rule, ...body.map(align)].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

/** The note beside times of a software adapter. */
export const SOFTWARE = 'A software adapter computes on the CPU: its times say nothing about a GPU.'

/** The report as Markdown: the environment, the method and the table. */
export function markdownReport(environment: Environment, rows: readonly Row[], input: string): string {
  const lines = [
    `webgpu-activations ${environment.library}, ${environment.when}`,
    `- adapter: ${describeAdapter(environment.adapter)}`,
    ...(environment.adapter?.isFallbackAdapter === true ? [`- ${SOFTWARE}`] : []),
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
