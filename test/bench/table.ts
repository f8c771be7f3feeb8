import { formatElements, formatMeasured } from '../../demo/support/format.ts'
import { CLEARLY_SLOWER, type Row } from './measure.ts'

const DIRECTIONS = ['forward', 'backward', 'forward-masked', 'backward-from-mask', 'read'] as const

/** A line for each activation and size: milliseconds, and relative to a copy, of each direction that was timed. */
export function tableOf(rows: readonly Row[], markdown: boolean): string {
  const directions = DIRECTIONS.filter(direction => rows.some(row => row.direction === direction))
  const isPaired = rows.some(({ timesBefore }) => timesBefore !== undefined)
  const columnsOf = (direction: string): string[] => {
    return [`${direction} ms`, 'GB/s', `× ${rows[0]!.activation}`, ...(isPaired ? ['× before'] : [])]
  }
  const header = ['elements', 'activation', ...directions.flatMap(columnsOf)]
  const lines = [...new Set(rows.map(keyOf))].map(key => {
    const own = rows.filter(row => keyOf(row) === key)
    const timed = directions.flatMap(direction => {
      const row = own.find(other => other.direction === direction)
      if (row === undefined) return columnsOf(direction).map(() => '')
      const { medianMs, gigabytesPerSecond, timesCopy, timesBefore } = row
      const cells = [formatMeasured(medianMs), formatMeasured(gigabytesPerSecond), timesCopy.toFixed(2)]
      return isPaired ? [...cells, timesBefore?.toFixed(2) ?? ''] : cells
    })
    return [formatElements(own[0]!.elements), own[0]!.activation, ...timed]
  })
  const table = [header, ...lines]
  const widths = header.map((_, i) => Math.max(...table.map(cells => cells[i]!.length)))
  const padded = table.map(cells =>
    cells.map((cell, i) => (i === 1 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))),
  )
  if (!markdown) return padded.map(cells => cells.join('  ')).join('\n')
  padded.splice(
    1,
    0,
    widths.map((width, i) => (i === 1 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)),
  )
  return padded.map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

/** Names the kernels that take clearly longer than in the older version. */
export function slowerThanBefore(rows: readonly Row[]): string {
  const slower = rows.filter(({ timesBefore = 1 }) => timesBefore > CLEARLY_SLOWER)
  if (slower.length === 0) return 'No kernel takes more than 5 % longer than before.'
  const names = slower.map(
    ({ activation, direction, elements, timesBefore }) =>
      `${activation} ${direction}, ${formatElements(elements)}: ${timesBefore!.toFixed(2)}`,
  )
  return `More than 5 % longer than before, ${slower.length} of ${rows.length}:\n${names.join('\n')}`
}

/** The table of docs/speed.md: milliseconds, and relative to a copy of as many bytes. */
export function kernelTable(rows: readonly Row[]): string {
  const [first] = rows
  const sizes = new Set(rows.map(({ elements }) => elements)).size
  const lines = [...new Set(rows.map(keyOf))].map(key => {
    const find = (direction: Row['direction']) => rows.find(row => keyOf(row) === key && row.direction === direction)
    const [forward, backward, fromMask] = [find('forward'), find('backward'), find('backward-from-mask')]
    const time = (row: Row | undefined) => (row === undefined ? '' : formatMeasured(row.medianMs))
    const times = (row: Row | undefined) => row?.timesCopy.toFixed(2) ?? ''
    const { activation, elements } = rows.find(row => keyOf(row) === key)!
    const name = sizes === 1 ? activation : `${activation}, ${formatElements(elements)}`
    return [name, time(forward), times(forward), time(backward), times(backward), time(fromMask)]
  })
  const title = sizes === 1 ? formatElements(first!.elements) : 'activation'
  const head = [title, 'forward ms', '× copy', 'backward ms', '× copy', 'from a mask ms']
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:'))
  return [head, rule, ...lines].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

function keyOf({ elements, activation }: Row): string {
  return `${elements} ${activation}`
}
