import { formatElements, formatMeasured } from '../../demo/support/format.ts'
import type { Library, Row } from '../../demo/measure/rows.ts'

/** A column of a table: the rows that belong into it. */
interface Column {
  readonly title: string
  readonly has: (row: Row) => boolean
}

interface Table {
  readonly title: string
  readonly columns: readonly Column[]
}

const by = (library: Library, output?: Row['output']) => (row: Row) => row.library === library && row.output === output

const TABLES: readonly (Table & Pick<Row, 'processor'> & { readonly residency?: Row['residency'] })[] = [
  {
    title: 'WebGPU, resident',
    processor: 'webgpu',
    residency: 'resident',
    columns: [
      { title: 'ours', has: by('webgpu-activations') },
      { title: 'TensorFlow.js', has: by('tfjs-webgpu') },
      { title: 'ONNX Runtime Web', has: by('ort-webgpu') },
      { title: 'jax-js', has: by('jax-js') },
    ],
  },
  {
    title: 'WebGPU, array in, array out',
    processor: 'webgpu',
    residency: 'roundtrip',
    columns: [
      { title: 'ours', has: by('webgpu-activations') },
      { title: 'TensorFlow.js', has: by('tfjs-webgpu') },
      { title: 'ONNX Runtime Web', has: by('ort-webgpu') },
      { title: 'jax-js', has: by('jax-js') },
    ],
  },
  {
    title: 'CPU, one thread',
    processor: 'cpu',
    columns: [
      { title: 'ours, new array', has: by('webgpu-activations') },
      { title: 'ours, `{ out }`', has: by('webgpu-activations', 'out') },
      { title: 'ours, allocated, in place', has: by('webgpu-activations', 'in place') },
      { title: 'TensorFlow.js WASM', has: row => by('tfjs-wasm')(row) && row.residency === 'roundtrip' },
      { title: 'TensorFlow.js CPU', has: by('tfjs-cpu') },
      { title: 'ONNX Runtime WASM', has: by('ort-wasm') },
    ],
  },
]

/**
 * The tables of docs/speed.md: medians in milliseconds, a line for each activation, direction and size; of other libraries with
 * how many times ours it takes, and beside resident ones a WGSL copy of as many bytes.
 */
export function speedTables(rows: readonly Row[]): string {
  return TABLES.flatMap(({ title, processor, residency, columns }) => {
    const own = rows.filter(row => row.processor === processor && (residency ?? row.residency) === row.residency)
    const shown = columns.filter(({ has }) => own.some(has))
    const copies = residency === 'resident' ? own.filter(row => row.activation === 'copy') : []
    const lines = [...new Set(own.filter(row => row.library !== 'copy').map(lineOf))].map(line => {
      const [ours, ...others] = shown.map(({ has }) => own.find(row => has(row) && lineOf(row) === line))
      const [first] = own.filter(row => lineOf(row) === line)
      const copy = copies.find(row => row.direction === first!.direction && row.elements === first!.elements)
      const cells = [time(ours), ...others.map(row => compared(row, ours)), ...(copies.length > 0 ? [time(copy)] : [])]
      return [line, ...cells]
    })
    if (lines.length === 0) return []
    const head = [title, ...shown.map(column => column.title), ...(copies.length > 0 ? ['a WGSL copy'] : [])]
    return [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...lines]
      .map(cells => `| ${cells.join(' | ')} |`)
      .concat('')
  }).join('\n')
}

function lineOf({ activation, direction, elements }: Row): string {
  return `${activation} ${direction}, ${formatElements(elements)}`
}

function time(row: Row | undefined): string {
  return row?.medianMs === undefined ? '' : formatMeasured(row.medianMs)
}

function compared(row: Row | undefined, ours: Row | undefined): string {
  if (row?.medianMs === undefined || ours?.medianMs === undefined) return ''
  const times = `(${(row.medianMs / ours.medianMs).toFixed(1)})`
  return row.library === ours.library ? time(row) : `${time(row)} ${times}`
}
