import type { Direction } from '../../activations/support/activation.ts'
import { type AnyActivation, type GluActivation, isGlu } from '../../activations/support/glu-activation.ts'
import { checkFormat, type Operation, operationOf, tensorsOf, type Variant } from '../../operations/operation.ts'
import { InputError } from '../../support/errors.ts'
import { BYTES_PER_ELEMENT, type Format } from '../../support/formats.ts'
import { checkRows, PACKING, readPacking, runOf } from '../../operations/packing.ts'
import { flag, reading } from '../../support/reading.ts'
import { BindingReader, type Bindings, type BufferRange, checkOverlaps } from './bindings.ts'

/** One call: an operation, and a range for each of its slots, in order. */
export interface RecordedCall {
  /** The bindings as they were read: the source of the cache key. */
  readonly bindings: Bindings
  readonly operation: Operation
  readonly format: Format
  readonly count: number
  readonly ranges: readonly BufferRange[]
  /** The length of a bias, or of a run of pairs; 1 without either. */
  readonly columns: number
  /** The ranges of the bias gradients, in the order of `operation.reduced`. */
  readonly columnGradients: readonly BufferRange[]
}

const NAMES = {
  forward: ['x', 'y', 'mask', 'bias'],
  backward: ['x', 'y', 'mask', 'dy', 'dx', 'bias', 'dbias', 'accumulate'],
}
const GLU_NAMES: typeof NAMES = {
  forward: ['gate', 'up', 'y', 'gateBias', 'upBias'],
  backward: ['gate', 'up', 'dy', 'dGate', 'dUp', 'gateBias', 'upBias', 'dGateBias', 'dUpBias', 'accumulate'],
}
const PACKED_NAMES: typeof NAMES = {
  forward: ['x', 'y', ...PACKING],
  backward: ['x', 'dy', 'dx', ...PACKING, 'accumulate'],
}

export const BINDING_NAMES: ReadonlySet<string> = /* @__PURE__ */ new Set([
  ...[NAMES, GLU_NAMES, PACKED_NAMES].flatMap(({ forward, backward }) => [...forward, ...backward]),
  'format',
])

export function readCall(direction: Direction, activation: AnyActivation, bindings: unknown): RecordedCall {
  if (isGlu(activation) && isPacked(bindings)) return readPackedCall(direction, activation, bindings)
  const { inputs: biases, gradients } = tensorsOf(activation)
  const reader = new BindingReader(bindings, (isGlu(activation) ? GLU_NAMES : NAMES)[direction])
  const biased = namesOf(biases, reader)
  const variant: Variant =
    direction === 'forward'
      ? { biased, masked: reader.has('mask') }
      : {
          from: isGlu(activation) ? 'x' : sourceOf(reader),
          biased,
          reduced: namesOf(gradients, reader),
          accumulates: flag(false)('accumulate', reader.given['accumulate']),
        }
  const operation = operationOf(activation, direction, variant)
  const { slots, masked, accumulates, reduced } = operation
  const bound = slots
    .filter(({ role }) => role === 'elements')
    .map(slot => ({ ...slot, range: reader.elements(slot.name) }))
  const { format, count } = reader
  checkFormat(activation, format)
  const masks = slots.some(({ role }) => role === 'mask') ? [reader.mask()] : []
  const biasRanges = biased.map(name => reader.columns(biases[name]!))
  const columnGradients = reduced.map(name => reader.columns(gradients[name]!))
  const [results, inputs] = [true, false].map(output =>
    bound.filter(({ isOutput }) => isOutput === output).map(({ range }) => range),
  ) as [BufferRange[], BufferRange[]]
  checkOverlaps(
    [...results, ...(masked ? masks : []), ...columnGradients],
    [...inputs, ...biasRanges, ...(masked ? [] : masks)],
    (output, input) => !accumulates && results.includes(output) && inputs.includes(input),
  )
  const [bias = columnGradients[0]] = biasRanges
  const columns = bias === undefined ? 1 : bias.size / BYTES_PER_ELEMENT[format]
  const ranges = [...bound.map(({ range }) => range), ...masks, ...biasRanges]
  return { bindings: reader.given, operation, format, count, ranges, columns, columnGradients }
}

/** Tells whether the bindings of a GLU are those of gate and up in one tensor. */
function isPacked(bindings: unknown): boolean {
  return reading('A binding', () => {
    const given = Object(bindings) as Bindings
    return given['x'] !== undefined || (given['gate'] === undefined && PACKING.some(name => given[name] !== undefined))
  })
}

function readPackedCall(direction: Direction, activation: GluActivation, bindings: unknown): RecordedCall {
  const hint = ' They take no bias: add it where x is computed.'
  const reader = new BindingReader(bindings, PACKED_NAMES[direction], hint)
  const packing = readPacking(reader.given)
  const accumulates = flag(false)('accumulate', reader.given['accumulate'])
  const operation = operationOf(activation, direction, { packing, accumulates })
  const { slots } = operation
  const ranges = slots.map(({ name, role }) => reader.elements(name, role === 'pairs' ? 2 : 1))
  const { format, count } = reader
  checkFormat(activation, format)
  checkRows(packing, 2 * count)
  const [results, inputs] = [true, false].map(output => ranges.filter((_, i) => slots[i]!.isOutput === output))
  checkOverlaps(results!, inputs!, () => !accumulates)
  const columns = runOf(packing)
  return { bindings: reader.given, operation, format, count, ranges, columns, columnGradients: [] }
}

/** Returns the tensors for which the caller bound a bias, or a bias gradient. */
function namesOf(binding: Readonly<Record<string, string>>, reader: BindingReader): string[] {
  return Object.keys(binding).filter(tensor => reader.has(binding[tensor]!))
}

/** Returns the tensor that determines the derivative. @throws InputError when there are several */
function sourceOf(reader: BindingReader): 'x' | 'y' | 'mask' {
  const given = (['x', 'y', 'mask'] as const).filter(name => reader.has(name))
  if (given.length > 1) {
    throw new InputError('invalid-argument', `backward was given ${given.join(' and ')}.`, 'Give one of them.')
  }
  const [from = 'x'] = given
  if (from === 'x' || !reader.has('bias')) return from
  throw new InputError('invalid-argument', `backward was given bias and ${from}.`, `Leave out bias: ${from} knows it.`)
}
