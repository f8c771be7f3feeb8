import { formatElements, formatMeasured } from '../../../support/format.ts'
import { hasFailed, isPeer, type Row, timesCopy, timesOurs } from '../../../measure/rows.ts'

/** Summarizes the first kernel at the largest size and the failures, in a few sentences. */
export function summarizeRows(rows: readonly Row[]): string {
  const failures = rows.filter(hasFailed).length
  const failed = failures === 0 ? [] : [`${failures} of ${rows.length} rows failed: they are red below.`]
  const timed = rows.filter(
    row => row.gigabytesPerSecond !== undefined && row.library === 'webgpu-activations' && row.output === undefined,
  )
  const largest = Math.max(...timed.map(({ elements }) => elements))
  const first = timed.find(({ elements }) => elements === largest)
  if (first === undefined) return failed.join(' ')

  const parts = timed
    .filter(row => row.elements === largest && row.activation === first.activation && row.direction === first.direction)
    .map(row => `${formatMeasured(row.gigabytesPerSecond!)} GB/s ${wayOf(row, rows)}`)
  const list = parts.length < 3 ? parts.join(' and ') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
  const sentence = `${first.activation} ${first.direction} over ${formatElements(largest)} elements: ${list}.`
  return [sentence, ...besides(first, rows), ...failed].join(' ')
}

/** Compares other libraries at the same task, in a sentence for each place. */
function besides({ activation, direction, elements }: Row, rows: readonly Row[]): string[] {
  const theirs = rows.filter(
    row => isPeer(row) && row.activation === activation && row.direction === direction && row.elements === elements,
  )
  const places = [
    ['With the data already there', 'webgpu', 'resident'],
    ['On WebGPU from array to array', 'webgpu', 'roundtrip'],
    ['On the CPU', 'cpu', 'roundtrip'],
  ] as const
  return places.flatMap(([where, processor, residency]) => {
    const parts = theirs
      .filter(row => row.processor === processor && row.residency === residency)
      .flatMap(row => {
        const ratio = timesOurs(row, rows)
        return ratio === undefined ? [] : [{ name: row.library, ratio: formatMeasured(ratio) }]
      })
    if (parts.length === 0) return []
    const [first, ...others] = parts.map(
      ({ name, ratio }, i) => `${name}${i === 0 ? ' took' : ''} ${ratio}${i === 0 ? ' times as long' : ''}`,
    )
    return [`${where} ${[first, ...others].join(', ')}.`]
  })
}

function wayOf(row: Row, rows: readonly Row[]): string {
  if (row.processor === 'cpu') return 'on the CPU'
  if (row.residency === 'roundtrip') return 'on WebGPU from array to array'
  const ratio = timesCopy(row, rows)
  const copy = ratio === undefined ? '' : ` (${ratio.toFixed(2)} times as long as a plain copy)`
  return `on WebGPU with the data already there${copy}`
}
