import { FileError } from '../input/input.ts'
import { isNpy, readNpy } from '../input/npy.ts'
import { formatWhole } from '../support/format.ts'
import { LabError } from './errors.ts'
import type { OwnData } from './training-setup.ts'

const MOST_FEATURES = 256
export const MOST_ROWS = 20_000
const MOST_CLASSES = 32

/**
 * Reads the user's examples: a CSV, or a .npy of two axes. The last column is the class: a whole number or, in a CSV, any word. A
 * first line of a CSV without numbers is taken for headings.
 *
 * @throws LabError that says what is wrong with the examples, and what to do
 */
export function readOwnData(name: string, file: ArrayBuffer): OwnData {
  const { columns, values, words } = isNpy(new Uint8Array(file)) ? readArray(name, file) : readCsv(name, file)
  const features = columns - 1
  const classes = [...new Set(words)].toSorted(byNumber)
  const data: OwnData = {
    name: 'own',
    title: name,
    features,
    values,
    labels: Uint8Array.from(words, word => Math.min(classes.indexOf(word), 255)),
    classes,
  }
  checkOwnData(data)
  return data
}

/** @throws LabError for examples that cannot be trained on */
export function checkOwnData({ title, features, values, labels, classes }: OwnData): void {
  const refuse = (message: string, fix: string): never => {
    throw new LabError('invalid-data', `${title} ${message}.`, fix)
  }
  if (features > MOST_FEATURES) {
    const columns = `${formatWhole(features + 1)} columns; the lab takes up to ${MOST_FEATURES} and the class`
    refuse(`has ${columns}`, `Keep the ${MOST_FEATURES} columns that matter most, or project onto them (PCA).`)
  }
  if (labels.length === 0) refuse('has no rows', 'Give at least a row of two classes.')
  if (features < 1) {
    refuse('has one column', 'Give a row for each example: its features, then its class in the last column.')
  }
  if (labels.length > MOST_ROWS) {
    refuse(
      `has ${formatWhole(labels.length)} rows; the lab takes up to ${formatWhole(MOST_ROWS)}`,
      'Keep a sample of them.',
    )
  }
  const unknown = labels.findIndex(label => isNotANumber(classes[label]!))
  if (unknown !== -1) {
    refuse(`has no class in row ${unknown + 1}`, 'Leave out such rows, or fill in the class in the last column.')
  }
  if (classes.length < 2) {
    refuse(
      `has one class, ${JSON.stringify(classes[0])}, in its last column: there is nothing to tell apart`,
      'Put the class into the last column, and rows of at least two.',
    )
  }
  if (classes.length > MOST_CLASSES) {
    refuse(
      `has ${formatWhole(classes.length)} different values in its last column; the lab takes up to ${MOST_CLASSES} classes`,
      'Put the class into the last column. A quantity has to be cut into a few ranges first.',
    )
  }
  const wrong = values.findIndex(value => !Number.isFinite(value))
  if (wrong !== -1) {
    const place = `row ${Math.floor(wrong / features) + 1}, column ${(wrong % features) + 1}`
    refuse(`has ${values[wrong]} in ${place}`, 'Leave out such rows, or fill in a number.')
  }
}

interface Table {
  readonly columns: number
  /** All columns but the last. */
  readonly values: Float32Array<ArrayBuffer>
  /** The last column. */
  readonly words: readonly string[]
}

function readArray(name: string, file: ArrayBuffer): Table {
  const { values, shape, isFortranOrder } = readNpyOf(name, file)
  const [rows, columns] = shape
  if (rows === undefined || columns === undefined || shape.length !== 2) {
    throw new LabError(
      'invalid-data',
      `${name} has ${shape.length} axes: (${shape.join(', ')}).`,
      'Save an array of two axes: a row for each example, its class in the last column.',
    )
  }
  const [rowStride, columnStride] = isFortranOrder ? [1, rows] : [columns, 1]
  const at = (row: number, column: number): number => values[row * rowStride + column * columnStride]!
  const features = columns - 1
  return {
    columns,
    values: Float32Array.from({ length: rows * features }, (_, i) => at(Math.floor(i / features), i % features)),
    words: Array.from({ length: rows }, (_, row) => String(at(row, features))),
  }
}

function readNpyOf(name: string, file: ArrayBuffer): ReturnType<typeof readNpy> {
  try {
    return readNpy(name, file)
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    throw new LabError('invalid-data', error.message, 'Give a CSV, or a .npy of numbers with two axes.')
  }
}

function readCsv(name: string, file: ArrayBuffer): Table {
  const text = new TextDecoder().decode(file)
  const lines = text.split(/\r\n|\n|\r/).filter(line => line.trim() !== '')
  const first = lines[0] ?? ''
  const separator = [',', ';', '\t'].find(one => first.includes(one)) ?? ','
  const cells = lines.map(line => line.split(separator).map(cell => cell.trim().replace(/^"(.*)"$/, '$1')))
  const columns = cells[0]?.length ?? 0
  const headings = cells[0]?.slice(0, -1).every(cell => Number.isNaN(numberOf(cell)) && !isNotANumber(cell)) ?? false
  const rows = headings && columns > 1 ? cells.slice(1) : cells
  const firstRow = cells.length - rows.length + 1
  const uneven = rows.findIndex(row => row.length !== columns)
  if (uneven !== -1) {
    throw new LabError(
      'invalid-data',
      `${name} has ${rows[uneven]!.length} columns in line ${uneven + firstRow}, and ${columns} in the first.`,
      'Give each line the same number of columns.',
    )
  }
  const values = Float32Array.from(rows.flatMap(row => row.slice(0, -1).map(numberOf)))
  const wrong = values.findIndex(value => Number.isNaN(value))
  if (wrong !== -1) {
    const row = Math.floor(wrong / (columns - 1))
    const cell = rows[row]![wrong % (columns - 1)]!
    throw new LabError(
      'invalid-data',
      `${name} has ${JSON.stringify(cell.slice(0, 40))} in line ${row + firstRow}, column ${(wrong % (columns - 1)) + 1}: it is no number.`,
      'Leave out such lines, or fill in a number. Words are for the last column, the class.',
    )
  }
  return { columns, values, words: rows.map(row => row.at(-1)!) }
}

const isNotANumber = (cell: string): boolean => cell === '' || /^[+-]?nan$/i.test(cell)

const numberOf = (cell: string): number => (cell === '' ? NaN : Number(cell))

function byNumber(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)]
  return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y
}
