import { isGlu } from '../../activations/support/glu-activation.ts'
import { InputError } from '../../support/errors.ts'
import { BYTES_PER_ELEMENT, type Format } from '../../support/formats.ts'
import { BindingReader, type Bindings, type BufferRange, checkOverlaps } from './bindings.ts'
import {
  type AnyActivation,
  checkFormat,
  GLU_BIASES,
  GLU_GRADIENTS,
  type Operation,
  operationOf,
} from '../../operations/operation.ts'

/** One call: an operation, and a range for each of its slots, in order. */
export interface RecordedCall {
  /** The bindings as they were read: the source of the cache key. */
  readonly bindings: Bindings
  readonly operation: Operation
  readonly format: Format
  /** The number of elements of each tensor. */
  readonly count: number
  readonly ranges: readonly BufferRange[]
  /** The length of a bias; 1 without one. */
  readonly columns: number
  /** The ranges of the bias gradients, in the order of `operation.reduced`. */
  readonly columnGradients: readonly BufferRange[]
}

const NAMES = {
  forward: ['x', 'y', 'mask', 'bias'],
  backward: ['x', 'y', 'mask', 'dy', 'dx', 'bias', 'dbias', 'accumulate'],
  gluForward: ['gate', 'up', 'y', 'gateBias', 'upBias'],
  gluBackward: ['gate', 'up', 'dy', 'dGate', 'dUp', 'gateBias', 'upBias', 'dGateBias', 'dUpBias', 'accumulate'],
} as const

/** The names of all properties that bindings may have. */
export const BINDING_NAMES: ReadonlySet<string> = /* @__PURE__ */ new Set([...Object.values(NAMES).flat(), 'format'])

/** Reads the bindings of `forward`. @throws InputError BindingError */
export function readForwardBindings(activation: AnyActivation, bindings: unknown): RecordedCall {
  if (isGlu(activation)) {
    const reader = new BindingReader(bindings, NAMES.gluForward)
    const biased = namesOf(GLU_BIASES, reader)
    const tensors = [reader.elements('gate'), reader.elements('up'), reader.elements('y')]
    return callOf(activation, reader, operationOf(activation, 'forward', { biased }), tensors, GLU_BIASES)
  }
  const reader = new BindingReader(bindings, NAMES.forward)
  const biases = { x: 'bias' }
  const variant = { biased: namesOf(biases, reader), masked: reader.has('mask') }
  const operation = operationOf(activation, 'forward', variant)
  return callOf(activation, reader, operation, [reader.elements('x'), reader.elements('y')], biases)
}

/** Reads the bindings of `backward`. @throws InputError BindingError */
export function readBackwardBindings(activation: AnyActivation, bindings: unknown): RecordedCall {
  const isPair = isGlu(activation)
  const reader = new BindingReader(bindings, isPair ? NAMES.gluBackward : NAMES.backward)
  const biases: Readonly<Record<string, string>> = isPair ? GLU_BIASES : { x: 'bias' }
  const gradients: Readonly<Record<string, string>> = isPair ? GLU_GRADIENTS : { dx: 'dbias' }
  const from = isPair ? 'x' : sourceOf(reader)
  const variant = {
    from,
    biased: namesOf(biases, reader),
    reduced: namesOf(gradients, reader),
    accumulates: reader.flag('accumulate'),
  }
  const operation = operationOf(activation, 'backward', variant)
  const elements = isPair ? ['gate', 'up', 'dy', 'dGate', 'dUp'] : from === 'mask' ? ['dy', 'dx'] : [from, 'dy', 'dx']
  const tensors = elements.map(name => reader.elements(name))
  return callOf(activation, reader, operation, tensors, biases, gradients)
}

function callOf(
  activation: AnyActivation,
  reader: BindingReader,
  operation: Operation,
  tensors: readonly BufferRange[],
  biases: Readonly<Record<string, string>>,
  gradients: Readonly<Record<string, string>> = {},
): RecordedCall {
  const { format, count } = reader
  checkFormat(activation, format)
  const hasMask = operation.slots.some(({ role }) => role === 'mask')
  const masks = hasMask ? [reader.mask()] : []
  const biasRanges = operation.biased.map(name => reader.columns(biases[name]!))
  const columnGradients = operation.reduced.map(name => reader.columns(gradients[name]!))
  const isOutput = (_: unknown, i: number): boolean => operation.slots[i]!.isOutput
  const results = tensors.filter(isOutput)
  const inputs = tensors.filter((tensor, i) => !isOutput(tensor, i))
  const others = [...biasRanges, ...(operation.masked ? [] : masks)]
  checkOverlaps(
    [...results, ...(operation.masked ? masks : []), ...columnGradients],
    [...inputs, ...others],
    (output, input) => !operation.accumulates && results.includes(output) && inputs.includes(input),
  )
  const [bias = columnGradients[0]] = biasRanges
  const columns = bias === undefined ? 1 : bias.size / BYTES_PER_ELEMENT[format]
  const ranges = [...tensors, ...masks, ...biasRanges]
  return { bindings: reader.given, operation, format, count, ranges, columns, columnGradients }
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
