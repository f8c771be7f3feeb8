import type { Environment } from '../accuracy/report.ts'
import { type Chip, CHIPS, operationsWithin } from './chips.ts'
import type { Row } from './compile.ts'

export const NOT_EXECUTED =
  'Compiled for AMD GPUs that are not there: nothing was executed, no time was measured, no result was checked.'

/** A row of a kernel on a chip, in the order of the JSON. */
const FIGURES = [
  'operations',
  'transcendental',
  'slowInteger',
  'loads',
  'stores',
  'vgprs',
  'sgprs',
  'waves',
  'spills',
  'scratchBytes',
  'codeBytes',
  'arithmetic',
] as const satisfies readonly (keyof Row)[]

/** A table for each chip. */
export function textOf(rows: readonly Row[]): string {
  return [...groupBy(rows, ({ chip }) => chip)].map(([, own]) => chipTable(own)).join('\n\n')
}

function chipTable(rows: readonly Row[]): string {
  const [first] = rows
  const { name, generation, product, gigabytesPerSecond } = chipOf(first!)
  const title = `${name} (${generation}; ${product}, ${gigabytesPerSecond} GB/s)`
  const header = ['kernel', 'operations', 'slow', 'loads', 'stores', 'VGPRs', 'SGPRs', `waves of ${first!.mostWaves}`]
  const lines = rows.map(row => [
    nameOf(row),
    row.operations.toFixed(2),
    (row.transcendental + row.slowInteger).toFixed(2),
    accesses(row.loads),
    accesses(row.stores),
    String(row.vgprs),
    String(row.sgprs),
    String(row.waves),
    String(row.spills),
    String(row.scratchBytes),
    String(row.codeBytes),
    row.arithmetic.toFixed(2),
    row.arithmetic > 1 ? 'arithmetic' : 'memory',
  ])
  const table = [[...header, 'spills', 'scratch', 'code', 'arithmetic ÷ memory', 'limit'], ...lines]
  const widths = table[0]!.map((_, i) => Math.max(...table.map(cells => cells[i]!.length)))
  const padded = table.map(cells =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
  )
  return [title, ...padded].join('\n')
}

/** Each width once, with how often it is there: 128+4×32. */
function accesses(bits: readonly number[]): string {
  const counts = [...groupBy(bits, width => width)].toSorted(([a], [b]) => b - a)
  return counts.map(([width, each]) => (each.length === 1 ? width : `${each.length}×${width}`)).join('+') || '-'
}

function nameOf({ activation, direction, format, parts }: Row): string {
  return [activation, direction, format, ...(parts === 'plain' ? [] : [parts])].join(' ')
}

function chipOf({ chip }: Pick<Row, 'chip'>) {
  return CHIPS.find(({ name }) => name === chip)!
}

/** Sums the rows up: what spills, and how often arithmetic is the limit. */
export function summaryOf(rows: readonly Row[]): string[] {
  const chips = new Set(rows.map(({ chip }) => chip)).size
  const spilling = rows.filter(({ spills, scratchBytes }) => spills > 0 || scratchBytes > 0)
  const spills = spilling.map(row => `${nameOf(row)} (${row.chip})`).join(', ')
  const formats = [...groupBy(rows, ({ format }) => format)].map(([format, own]) => {
    const kernels = [...groupBy(own, nameOf).values()]
    const limited = kernels.filter(each => each.some(({ arithmetic }) => arithmetic > 1))
    return `${limited.length} of ${kernels.length} of ${format}`
  })
  return [
    `${rows.length / chips} kernels on ${chips} ${chips === 1 ? 'chip' : 'chips'}: ${spills === '' ? 'none spills or uses scratch' : `spills or scratch in ${spills}`}.`,
    `Arithmetic is the limit, on a chip or more, of ${formats.join(', ')}; of the others memory is.`,
  ]
}

// The figures that a page shows; the JSON has all.
const SHOWN_CHIPS = ['vega10', 'navi21', 'vangogh', 'navi31']
const SHOWN = [
  'copy',
  'relu',
  'leakyRelu',
  'prelu',
  'squaredRelu',
  'sigmoid',
  'tanh',
  'silu',
  'gelu',
  'reglu',
  'swiglu',
  'geglu',
]

/** float32, a few chips and functions. */
function markdownOf(rows: readonly Row[]): string {
  const shown = rows.filter(
    ({ chip, activation, format, parts }) =>
      SHOWN_CHIPS.includes(chip) && SHOWN.includes(activation) && format === 'f32' && parts === 'plain',
  )
  const chips = SHOWN_CHIPS.filter(name => shown.some(({ chip }) => chip === name))
  const most = new Map(shown.map(({ chip, mostWaves }) => [chip, mostWaves]))
  const header = ['float32', 'operations', ...chips.map(chip => `${chip}, waves of ${most.get(chip)}`)]
  const kernels = [...groupBy(shown, ({ activation, direction }) => `${activation} ${direction}`)]
  const lines = kernels.map(([name, own]) => [
    name,
    own.at(-1)!.operations.toFixed(1),
    ...chips.map(chip => {
      const { vgprs, waves, arithmetic } = own.find(row => row.chip === chip)!
      return `${vgprs} · ${waves} · ${arithmetic.toFixed(2)}`
    }),
  ])
  return [header, header.map((_, i) => (i === 0 ? '---' : '---:')), ...lines]
    .map(cells => `| ${cells.join(' | ')} |`)
    .join('\n')
}

/** The chips of the rows, with the published figures and where they are from. */
function chipsTable(rows: readonly Row[]): string {
  const lines = chipsOf(rows).map(chip => {
    const { name, generation, product, gigabytesPerSecond, source } = chip
    return [
      name,
      generation,
      `[${product}](${source})`,
      String(gigabytesPerSecond),
      operationsWithin(chip, 8).toFixed(0),
    ]
  })
  return [
    ['chip', '', 'product', 'GB/s', 'operations in the time of 8 bytes'],
    ['---', '---', '---', '---:', '---:'],
    ...lines,
  ]
    .map(cells => `| ${cells.join(' | ')} |`)
    .join('\n')
}

interface Report {
  readonly note: string
  readonly environment: Environment & { readonly driver: string }
  readonly chips: readonly (Chip & Pick<Row, 'mostWaves'>)[]
  readonly figures: typeof FIGURES
  /** Each with the figures of a chip by its name, in the order of `figures`. */
  readonly kernels: readonly Readonly<Record<string, unknown>>[]
}

/** A line for each kernel. */
export function jsonOf(environment: Report['environment'], rows: readonly Row[]): string {
  const chips = chipsOf(rows).map(chip => {
    const { mostWaves } = rows.find(row => row.chip === chip.name)!
    return { ...chip, mostWaves }
  })
  const kernels = [...groupBy(rows, nameOf).values()].map(own => {
    const { activation, direction, format, parts, bytes } = own[0]!
    const figures = own.map(row => [
      row.chip,
      FIGURES.map(name => (name === 'arithmetic' ? Number(row[name].toFixed(3)) : row[name])),
    ])
    return JSON.stringify({ activation, direction, format, parts, bytes, ...Object.fromEntries(figures) })
  })
  const head = JSON.stringify({ note: NOT_EXECUTED, environment, chips, figures: FIGURES })
  return `${head.slice(0, -1)},"kernels":[\n${kernels.join(',\n')}\n]}\n`
}

/** Reads what `jsonOf` wrote. */
export function readJson(text: string): { readonly environment: Report['environment']; readonly rows: Row[] } {
  const { environment, chips, figures, kernels } = JSON.parse(text) as Report
  const rows = chips.flatMap(({ name: chip, mostWaves }) =>
    kernels.map(({ activation, direction, format, parts, bytes, ...of }) => {
      const values = of[chip] as readonly unknown[]
      const read = Object.fromEntries(figures.map((figure, i) => [figure, values[i]]))
      return { chip, activation, direction, format, parts, bytes, mostWaves, ...read } as unknown as Row
    }),
  )
  return { environment, rows }
}

/** The section of docs/speed.md. */
export function sectionOf({ when, library, driver, command }: Report['environment'], rows: readonly Row[]): string {
  const about = `${when.slice(0, 10)}, webgpu-activations ${library}, ${driver}: ${command}`
  return [markdownOf(rows), [...summaryOf(rows), NOT_EXECUTED].join('\n'), chipsTable(rows), about].join('\n\n')
}

function chipsOf(rows: readonly Row[]): Chip[] {
  return CHIPS.filter(({ name }) => rows.some(({ chip }) => chip === name))
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}
