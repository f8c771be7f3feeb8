import type { Channels, Direction } from '../../activations/support/activation.ts'
import { checkPeriod, type SlopePattern } from '../../activations/support/channels.ts'
import { type AnyActivation, type GluActivation, isGlu } from '../../activations/support/glu-activation.ts'
import { BYTES_PER_WORD } from '../../operations/layout.ts'
import { checkFormat, type Operation, operationOf, tensorsOf, type Variant } from '../../operations/operation.ts'
import { checkRows, PACKING, readPacking, runOf } from '../../operations/packing.ts'
import { InputError } from '../../support/errors.ts'
import { BYTES_PER_ELEMENT, type Format } from '../../support/formats.ts'
import { flag, reading } from '../../support/reading.ts'
import { BindingReader, type Bindings, type BufferRange, checkOverlaps } from './bindings.ts'

/** One call: an operation, and a range for each of its slots, in order. */
export interface RecordedCall {
  /** The bindings as they were read: the source of the cache key. */
  readonly bindings: Bindings
  /** The activation of the kernel: another one than the caller's where it reads the slopes from a binding. */
  readonly activation: AnyActivation
  readonly operation: Operation
  readonly format: Format
  readonly count: number
  readonly ranges: readonly BufferRange[]
  /** The length of a bias, or of a run of pairs; 1 without either. */
  readonly columns: number
  /** The ranges of the bias gradients, in the order of `operation.reduced`. */
  readonly columnGradients: readonly BufferRange[]
  /** The slopes of prelu where they, or their gradient, are a binding. */
  readonly slopes: BoundSlopes | undefined
}

export interface BoundSlopes extends SlopePattern, Pick<Channels, 'gradientShader' | 'gradientParts'> {
  readonly alpha: BufferRange | undefined
  readonly gradient: BufferRange | undefined
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

const SLOPE_NAMES: typeof NAMES = { forward: ['alpha'], backward: ['alpha', 'dalpha'] }

export const BINDING_NAMES: ReadonlySet<string> = /* @__PURE__ */ new Set([
  ...[NAMES, GLU_NAMES, PACKED_NAMES, SLOPE_NAMES].flatMap(({ forward, backward }) => [...forward, ...backward]),
  'format',
])

export function readCall(direction: Direction, given: AnyActivation, bindings: unknown): RecordedCall {
  if (isGlu(given) && isPacked(bindings)) return readPackedCall(direction, given, bindings)
  const { inputs: biases, gradients } = tensorsOf(given)
  const names = (isGlu(given) ? GLU_NAMES : NAMES)[direction]
  const own = given.channels === undefined ? [] : SLOPE_NAMES[direction]
  const reader = new BindingReader(bindings, [...names, ...own])
  const bindsSlopes = reader.has('alpha')
  const activation = bindsSlopes ? given.channels!.bound(given.channels!.inner) : given
  const biased = namesOf(biases, reader)
  const variant: Variant =
    direction === 'forward'
      ? { biased, masked: reader.has('mask'), bindsSlopes }
      : {
          from: isGlu(activation) ? 'x' : sourceOf(reader),
          biased,
          reduced: namesOf(gradients, reader),
          accumulates: flag(false)('accumulate', reader.given['accumulate']),
          bindsSlopes,
        }
  const operation = withoutUnwanted(operationOf(activation, direction, variant), reader)
  const { slots, masked, accumulates, reduced } = operation
  const bound = slots
    .filter(({ role }) => role === 'elements')
    .map(slot => ({ ...slot, range: reader.elements(slot.name) }))
  const { format, count } = reader
  checkFormat(activation, format)
  const masks = slots.some(({ role }) => role === 'mask') ? [reader.mask()] : []
  const biasRanges = biased.map(name => reader.columns(biases[name]!))
  const columnGradients = reduced.map(name => reader.columns(gradients[name]!))
  const slopes = given.channels && readSlopes(reader, given.channels)
  if (slopes !== undefined) checkPeriod(slopes, bound[0]!.range.name, count)
  const [alpha, slopeGradient] = [slopes?.alpha, slopes?.gradient].map(range => (range === undefined ? [] : [range]))
  const [results, inputs] = [true, false].map(output =>
    bound.filter(({ isOutput }) => isOutput === output).map(({ range }) => range),
  ) as [BufferRange[], BufferRange[]]
  checkOverlaps(
    [...results, ...(masked ? masks : []), ...columnGradients, ...slopeGradient!],
    [...inputs, ...biasRanges, ...(masked ? [] : masks), ...alpha!],
    (output, input) => !accumulates && results.includes(output) && inputs.includes(input),
  )
  const [bias = columnGradients[0]] = biasRanges
  const columns = bias === undefined ? 1 : bias.size / BYTES_PER_ELEMENT[format]
  const ranges = [...bound.map(({ range }) => range), ...masks, ...biasRanges, ...alpha!]
  return { bindings: reader.given, activation, operation, format, count, ranges, columns, columnGradients, slopes }
}

/** Leaves out dx where the caller wants dalpha alone. @throws InputError for dalpha without x, and for dbias without dx */
function withoutUnwanted(operation: Operation, reader: BindingReader): Operation {
  if (!reader.has('dalpha')) return operation
  const { from, reduced, slots } = operation
  if (from !== 'x') {
    const message = `backward was given dalpha and ${from}: dalpha is a sum of x * dy.`
    throw new InputError('invalid-argument', message, 'Keep x, and give it.')
  }
  if (reader.has('dx')) return operation
  if (reduced.length === 0) return { ...operation, slots: slots.filter(({ isOutput }) => !isOutput) }
  throw new InputError('invalid-argument', 'backward was given dbias without dx.', 'Give dx too: dbias is its sum.')
}

/** Reads the bindings of slopes: as many as prelu has, where it has several or its own apply. */
function readSlopes(reader: BindingReader, channels: Channels): BoundSlopes | undefined {
  const { slopes, inner, gradientShader, gradientParts } = channels
  const [hasAlpha, hasGradient] = [reader.has('alpha'), reader.has('dalpha')]
  if (!hasAlpha && !hasGradient) return undefined
  const size = hasAlpha && slopes.length === 1 ? undefined : slopes.length * BYTES_PER_WORD
  const alpha = hasAlpha ? reader.slopes('alpha', size) : undefined
  const bytes = alpha?.size ?? size!
  const gradient = hasGradient ? reader.slopes('dalpha', bytes) : undefined
  return { count: bytes / BYTES_PER_WORD, inner, alpha, gradient, gradientShader, gradientParts }
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
  const others = { columns: runOf(packing), columnGradients: [], slopes: undefined }
  return { bindings: reader.given, activation, operation, format, count, ranges, ...others }
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
