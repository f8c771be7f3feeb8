import type { Direction } from '../../src/index.ts'
import { formatFloat, formatLargest } from './format.ts'
import { hasFailed, type Row } from './measure.ts'
import { idOf, type Subject } from './subjects.ts'
import { together } from './survey.ts'

/** A processor of ours, or a peer. */
export interface Column {
  readonly name: string
  readonly title: string
  /** The adapter or the platform. */
  readonly description: string
  readonly isOurs: boolean
  /** The reason why it has no rows, or not all. */
  readonly problem?: string | undefined
  /** True where this machine lacks it. */
  readonly isMissing?: boolean
}

/** The table for a terminal: an activation with its parameters a line, forward and then backward. */
export function textTable(columns: readonly Column[], rows: readonly Row[]): string {
  const lines = rowsOf(rows, row => idOf(row.subject))
  return layOut(columns, lines, cells => cells.join('  ').trimEnd(), false)
}

/** The same for docs/accuracy.md: one line an activation, with the largest error of all parameters. */
export function markdownTable(columns: readonly Column[], rows: readonly Row[]): string {
  const lines = rowsOf(rows, row => familyOf(row.subject))
  return layOut(columns, lines, cells => `| ${cells.join(' | ')} |`, true)
}

interface Line {
  readonly title: string
  readonly direction: Direction
  readonly rows: readonly Row[]
}

function rowsOf(rows: readonly Row[], titleOf: (row: Row) => string): Line[] {
  const lines = new Map<string, { title: string; direction: Direction; rows: Row[] }>()
  for (const row of rows) {
    const title = titleOf(row)
    const key = `${title} ${row.direction}`
    const line = lines.get(key) ?? { title, direction: row.direction, rows: [] }
    line.rows.push(row)
    lines.set(key, line)
  }
  return [...lines.values()]
}

/** An activation with the parameters that choose another formula, and without its numbers. */
function familyOf({ name, parameters }: Subject): string {
  const words = Object.values(parameters).filter(value => typeof value === 'string')
  return [name, ...words].join(' ')
}

function layOut(
  columns: readonly Column[],
  lines: readonly Line[],
  join: (cells: readonly string[]) => string,
  rule: boolean,
): string {
  const table = [
    ['activation', '', ...columns.map(({ title }) => title)],
    ...lines.map(line => [line.title, line.direction, ...columns.map(column => cellOf(column, line.rows))]),
  ]
  const widths = table[0]!.map((_, i) => Math.max(...table.map(cells => cells[i]!.length)))
  const padded = table.map(cells => cells.map((cell, i) => cell.padEnd(widths[i]!)))
  if (rule)
    padded.splice(
      1,
      0,
      widths.map(width => '-'.repeat(Math.max(3, width))),
    )
  return padded.map(join).join('\n')
}

const LONGEST_PROBLEM = 28

/** `2.4 at -0.35, 17/17`: the largest error, its input, and the special cases that passed. */
function cellOf(column: Column, rows: readonly Row[]): string {
  const own = rows.filter(row => row.column === column.name)
  if (own.length === 0) return '-'
  const problem = own.find(row => row.problem !== undefined)?.problem
  if (problem !== undefined) return `✗ ${problem.slice(0, LONGEST_PROBLEM)}`
  const errors = own.map(row => row.errors!).reduce(together)
  const passed = own.reduce((sum, { special }) => sum + special!.passed, 0)
  const cases = own.reduce((sum, { special }) => sum + special!.cases, 0)
  const place = errors.worst === undefined ? '' : ` at ${formatFloat(errors.worst.x, 4)}`
  const marks = `${errors.atCrossing ? '*' : ''}${own.some(row => row.note !== undefined) ? '†' : ''}`
  const failed = column.isOurs && own.some(hasFailed) ? '✗ ' : ''
  return `${failed}${formatLargest(errors)}${marks}${place}, ${passed}/${cases}`
}

/** The legend: the content of a cell, the marks and the columns. */
export function legend(columns: readonly Column[], rows: readonly Row[]): string[] {
  const notes = [...new Set(rows.flatMap(({ note }) => note ?? []))]
  const crossing = 'figures with * are in units of 2^-25 |dy|, where that is less: the derivative crosses zero there'
  return [
    'Each cell: the largest error in ULP of the true value, at which x, and how many of the NaN, Infinity, zero and ' +
      'subnormal cases are as the numeric contract has them. - means that there is no such function. Gradients at kinks ' +
      'are held to PyTorch\'s: what lets one through where that is 0 is "not 0".',
    ...(rows.some(({ errors }) => errors?.atCrossing) ? [crossing] : []),
    ...notes.map(note => `figures with † are ${note}`),
    ...columns.map(({ title, description, problem }) => {
      return `${title}: ${description}${problem === undefined ? '' : `: ✗ ${problem}`}`
    }),
  ]
}
