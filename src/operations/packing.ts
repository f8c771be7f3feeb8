import { InputError, show } from '../support/errors.ts'
import { choice } from '../support/reading.ts'

/** The order of gate and up in the one tensor of a GLU. */
export interface Packing {
  /** `'halves'`: each row is a row of the one and then a row of the other. `'interleaved'`: their elements alternate. */
  readonly layout: 'halves' | 'interleaved'
  /** `'gate-up'`: gate comes first. `'up-gate'`: up does. */
  readonly order: 'gate-up' | 'up-gate'
}

const readLayout = /* @__PURE__ */ choice('halves', 'interleaved')
const readOrder = /* @__PURE__ */ choice('gate-up', 'up-gate')

/** Checks the layout and the order of pairs, by default gate and up as halves. @throws InputError */
export function readPacking({ layout, order }: Readonly<Record<string, unknown>>): Packing {
  return { layout: readLayout('layout', layout), order: readOrder('order', order) }
}

/** Checks the number of columns of y. @throws InputError */
export function readColumns(columns: unknown): number {
  if (Number.isSafeInteger(columns) && (columns as number) > 0) return columns as number
  const fix = 'Give the columns of y, an integer from 1 on; a row of x has twice as many.'
  throw new InputError('invalid-argument', `columns is ${show(columns)}.`, fix)
}

/** Checks that a tensor of pairs has whole rows. @param name that of the tensor @throws InputError */
export function checkRows(name: string, elements: number, columns: number): void {
  if (elements % (2 * columns) === 0) return
  const message = `${name} has ${elements} elements, and rows of ${columns} columns of gate and of up have ${2 * columns}.`
  throw new InputError('length-mismatch', message, 'Give whole rows; columns are those of y, half of those of x.')
}

/** The adjacent elements of gate, and of up, in a tensor of pairs: a row, or one. */
export function runOf({ layout }: Packing, columns: number): number {
  return layout === 'halves' ? columns : 1
}
