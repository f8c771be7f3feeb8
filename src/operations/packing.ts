import { InputError, show } from '../support/errors.ts'
import { type Elements, type Format, wordsOf } from '../support/formats.ts'
import { choice } from '../support/reading.ts'
import { allocateElements, LANES } from './layout.ts'

/** The order of gate and up in the one tensor of a GLU. */
export interface Packing {
  /** The columns of y. A row of pairs has twice as many elements. */
  readonly columns: number
  /** `'halves'`: each row is a row of the one and then a row of the other. `'interleaved'`: their elements alternate. */
  readonly layout: 'halves' | 'interleaved'
  /** `'gate-up'`: gate comes first. `'up-gate'`: up does. */
  readonly order: 'gate-up' | 'up-gate'
}

/** The names of the options that make a {@link Packing}. */
export const PACKING = ['columns', 'layout', 'order'] as const

const readLayout = /* @__PURE__ */ choice('halves', 'interleaved')
const readOrder = /* @__PURE__ */ choice('gate-up', 'up-gate')

/** Checks columns, layout and order, by default gate and up as halves. @throws InputError */
export function readPacking({ columns, layout, order }: Readonly<Record<string, unknown>>): Packing {
  if (!Number.isSafeInteger(columns) || (columns as number) < 1) {
    const fix = 'Give the columns of y, an integer from 1 on: a row of x, gate and up in one, has twice as many.'
    throw new InputError('invalid-argument', `columns is ${show(columns)}.`, fix)
  }
  return {
    columns: columns as number,
    layout: readLayout('layout', layout),
    order: readOrder('order', order),
  }
}

/** Checks that x has whole rows of pairs. @throws InputError */
export function checkRows({ columns }: Packing, elements: number): void {
  if (elements % (2 * columns) === 0) return
  const message = `x has ${elements} elements, and with ${columns} columns a row of x has ${2 * columns}.`
  throw new InputError('length-mismatch', message, 'Give whole rows, and the columns of y, half of those of x.')
}

/** The adjacent elements of gate, and of up, in a tensor of pairs: a row, or one. */
export function runOf({ layout, columns }: Packing): number {
  return layout === 'halves' ? columns : 1
}

/** Tells whether no vector of so many pairs crosses the end of a run, or of the pairs. */
export function fillsVectors({ layout, columns }: Packing, count: number): boolean {
  return (layout === 'halves' ? columns : count) % LANES === 0
}

/** Returns gate and up in arrays of their own. @throws ActivationsError when memory runs out */
export function unpack(x: Elements, packing: Packing, format: Format): { gate: Elements; up: Elements } {
  const [gate, up] = [allocateElements(format, x.length / 2), allocateElements(format, x.length / 2)]
  const pairs = wordsOf(x)
  const [first, second] = inOrder(packing, gate, up)
  eachRun(packing, gate.length, (from, run) => {
    for (let i = from; i < from + run; i++) {
      first[i] = pairs[from + i]!
      second[i] = pairs[from + run + i]!
    }
  })
  return { gate, up }
}

/** Writes gate and up into x, and returns it. */
export function pack(gate: Elements, up: Elements, packing: Packing, x: Elements): Elements {
  const pairs = wordsOf(x)
  const [first, second] = inOrder(packing, gate, up)
  eachRun(packing, gate.length, (from, run) => {
    for (let i = from; i < from + run; i++) {
      pairs[from + i] = first[i]!
      pairs[from + run + i] = second[i]!
    }
  })
  return x
}

/** Returns the words of gate and up, in their order: a Float32Array may lose the payload of a NaN. */
function inOrder({ order }: Packing, gate: Elements, up: Elements) {
  return (order === 'gate-up' ? [gate, up] : [up, gate]).map(wordsOf) as [Words, Words]
}

type Words = ReturnType<typeof wordsOf>

/** Visits the runs of so many elements. Before a run from element i on lie as many elements of the other. */
function eachRun(packing: Packing, length: number, visit: (from: number, run: number) => void): void {
  const run = runOf(packing)
  for (let from = 0; from < length; from += run) visit(from, run)
}
