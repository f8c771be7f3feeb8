import { isGlu } from '../activations/support/glu-activation.ts'
import { isOpenIn, type Tensors } from '../operations/layout.ts'
import type { ResultName, Task } from '../operations/task.ts'
import { referenceOf, valueOf } from '../reference/reference.ts'
import { BYTES_PER_ELEMENT, type Elements, type Format, WORDS, wordsOf } from '../support/formats.ts'
import { MismatchCount, type Comparison } from './comparison.ts'
import { sampleOf } from './sample.ts'
import { deviationsOf } from './tolerance.ts'

// The order of inputs in a report.
const INPUTS = ['x', 'y', 'mask', 'gate', 'up', 'dy']
const SAMPLES = 1024

/**
 * The indices that a sampled cross-check compares: the first and the last, one at random from each of 1,024 equal
 * parts, and each index where an input or the result is NaN. Equal seeds give equal indices.
 */
export function* sampleIndices(
  inputs: Tensors,
  result: Elements,
  seed: number,
  format: Format = 'f32',
): Generator<number> {
  const sample = sampleOf(result.length, SAMPLES, seed)
  yield* sample
  const elements = Object.values(inputs).filter(array => !(array instanceof Uint32Array))
  const [first, second = first, third = first] = elements.map(wordsOf)
  const words = wordsOf(result)
  const { magnitude, infinity } = WORDS[format]
  for (let i = 0; i < words.length; i++) {
    const isNaN =
      (first![i]! & magnitude) > infinity ||
      (second![i]! & magnitude) > infinity ||
      (third![i]! & magnitude) > infinity ||
      (words[i]! & magnitude) > infinity
    if (isNaN && !sample.has(i)) yield i
  }
}

export function* allIndices(length: number): Generator<number> {
  for (let i = 0; i < length; i++) yield i
}

/** Compares a result of a task at some indices with the reference, within the bounds of the activation. */
export function compareWithReference(
  task: Task,
  name: ResultName,
  result: Elements | Uint32Array,
  indices: Iterable<number>,
): Comparison {
  const { inputs, actual, referenceAt, expectedOf, deviationAt } = compared(task, name, result)
  const count = new MismatchCount()
  for (const index of indices) {
    const reference = referenceAt(index)
    const expected = expectedOf(reference)
    const found = actual.wordAt(index)
    if ((expected | 0) === found) {
      count.add(0)
      continue
    }
    const { ulp, allowed } = deviationAt(index, reference, found)
    count.add(ulp, allowed, () => ({
      result: name,
      index,
      ...Object.fromEntries(inputs.map(column => [column.name, valueOf(column.format, column.wordAt(index))])),
      expected: valueOf(actual.format, expected),
      actual: valueOf(actual.format, found),
      ulp,
    }))
  }
  return count
}

/** Describes a failed comparison for a person: the first mismatches, with the elements beside them. */
export function describe(
  task: Task,
  name: ResultName,
  result: Elements | Uint32Array,
  { elements, mismatches, maxUlp, first }: Comparison,
): string {
  const { inputs, actual, referenceAt, expectedOf, deviationAt } = compared(task, name, result)
  const read = (word: number): string => textOf(actual.format, word)
  const lines = [
    `${task.activation} ${titleOf(task, name)}: ${mismatches} of ${elements} elements compared differ from the CPU reference, by up to ${maxUlp} ULP.`,
  ]
  const shown = new Set<number>()
  for (const { index } of first) for (const near of [index - 1, index, index + 1]) shown.add(near)
  for (const index of [...shown].sort((a, b) => a - b)) {
    if (index < 0 || index >= task.length) continue
    const reference = referenceAt(index)
    const expected = expectedOf(reference)
    const found = actual.wordAt(index)
    const differs = (expected | 0) !== found && !deviationAt(index, reference, found).allowed
    const from = inputs.map(column => `${column.name} = ${textOf(column.format, column.wordAt(index))}`)
    const verdict = differs ? `expected ${read(expected)}, got ${read(found)}` : `${read(found)}, as expected`
    lines.push(`${differs ? '✗' : ' '} [${index}] ${from.join(', ')}: ${verdict}`)
  }
  if (mismatches > first.length) lines.push(`  … and ${mismatches - first.length} more`)
  return lines.join('\n')
}

function titleOf({ activation, operation: { direction, from }, format }: Task, name: ResultName): string {
  const computed = name === 'mask' ? 'forward mask' : isGlu(activation) && direction === 'backward' ? name : direction
  const source = direction === 'backward' && from !== 'x' ? ` from ${from}` : ''
  return `${computed}${source}${format === 'f32' ? '' : ` in ${format}`}`
}

/** An array as words of a format. A mask becomes integers 0 and 1. */
interface Column {
  readonly name: string
  readonly format: Format
  readonly wordAt: (index: number) => number
}

function compared(task: Task, name: ResultName, result: Elements | Uint32Array) {
  const { inputs, format } = task
  const actual = columnOf(name, result, format)
  return {
    inputs: INPUTS.flatMap(input => (inputs[input] === undefined ? [] : [columnOf(input, inputs[input], format)])),
    actual,
    referenceAt: referenceOf(task, name),
    expectedOf: WORDS[actual.format].fromFloat32,
    deviationAt: deviationsOf(task, name),
  }
}

function columnOf(name: string, array: Elements | Uint32Array, format: Format): Column {
  if (array instanceof Uint32Array) return { name, format: 'i32', wordAt: i => Number(isOpenIn(array, i)) }
  const words = wordsOf(array)
  return { name, format, wordAt: i => words[i]! }
}

function textOf(format: Format, word: number): string {
  const value = valueOf(format, word)
  if (format === 'i32') return String(value)
  const text = Object.is(value, -0) ? '-0' : String(value)
  const digits = 2 * BYTES_PER_ELEMENT[format]
  return Number.isNaN(value) || value === 0 ? `${text} (0x${(word >>> 0).toString(16).padStart(digits, '0')})` : text
}
