import type { Activation } from '../activations/support/activation.ts'
import { checkPeriods } from '../activations/support/channels.ts'
import { computations } from '../dispatcher/computations.ts'
import type { CallOptions, Dispatcher } from '../dispatcher/interface.ts'
import { checkUnchanged } from '../operations/layout.ts'
import { type ElementArray, FORMATS_OF, readElements } from '../support/arrays.ts'
import { readSignal } from '../support/deadlines.ts'
import { InputError, show } from '../support/errors.ts'
import { type Elements, type FloatFormat, fromFloat32, type HalfFormat, toFloat32 } from '../support/formats.ts'
import { reading, readOptions } from '../support/reading.ts'
import { type ArrayReduction, ReductionCall } from './array-call.ts'
import { normReduction, statisticsReduction, unitsReduction } from './array-reductions.ts'
import { readList } from './bindings.ts'
import { checkRows, readActivation, readMaxNorm } from './create.ts'
import { type DeadUnits, deadUnitsOf, NOTHING, readUnits, summaryOf, type TensorStatistics } from './read.ts'

/** The options of the functions for arrays. */
export interface ArrayOptions extends CallOptions {
  /** The format of `Uint16Array`s: `'f16'` or `'bf16'`. */
  readonly format?: HalfFormat | undefined
}

/** The options of `activationStatistics` for arrays. */
export interface ArrayStatisticsOptions extends ArrayOptions {
  /** The number of columns: element i of an array belongs to unit i % units. 1 when left out. */
  readonly units?: number | undefined
}

/** The options of `deadUnits` for arrays. */
export interface ArrayUnitsOptions extends ArrayOptions {
  /** The number of columns: element i of an array belongs to unit i % units. */
  readonly units: number
}

/**
 * Computes statistics of y = activation(x), of the tensor and of each unit, on the processor of a dispatcher.
 *
 * @param x a tensor [rows, units], or several of a data set
 * @throws (by rejection) InputError or DestroyedError; the reason of the signal
 */
export async function activationStatistics(
  dispatcher: Dispatcher,
  activation: Activation,
  x: ElementArray | readonly ElementArray[],
  options?: ArrayStatisticsOptions,
): Promise<TensorStatistics> {
  const owner = 'activationStatistics'
  const given = readOptions(owner, options, ['units', 'format', 'signal'], 'Give { units, format, signal }.')
  const checked = readActivation(owner, activation)
  const units = readUnits(given.units ?? 1)
  const reduction = statisticsReduction(checked, units)
  const batches = readBatches(checked, x, units, given.format)
  const parts = await compute(dispatcher, reduction, batches, given.signal)
  return summaryOf(
    parts.reduce(
      reduction.join,
      Array.from({ length: units }, () => ({ ...NOTHING })),
    ),
  )
}

/**
 * Computes which units never had a gradient, and which never had an open gate, on the processor of a dispatcher.
 *
 * @param x a tensor [rows, units], or several of a data set
 * @throws (by rejection) InputError or DestroyedError; the reason of the signal
 */
export async function deadUnits(
  dispatcher: Dispatcher,
  activation: Activation,
  x: ElementArray | readonly ElementArray[],
  options: ArrayUnitsOptions,
): Promise<DeadUnits> {
  const owner = 'deadUnits'
  const given = readOptions(owner, options, ['units', 'format', 'signal'], 'Give { units, format, signal }.')
  const checked = readActivation(owner, activation)
  const units = readUnits(given.units)
  const reduction = unitsReduction(checked, units)
  const batches = readBatches(checked, x, units, given.format)
  const parts = await compute(dispatcher, reduction, batches, given.signal)
  return deadUnitsOf(parts.reduce(reduction.join, new Uint32Array(units)))
}

/**
 * Computes the L2 norm of all elements of all arrays, on the processor of a dispatcher: off by at most 2^-20 of it. NaN
 * where an element is NaN, else Infinity where one is infinite; 0 of no elements.
 *
 * @throws (by rejection) InputError or DestroyedError; the reason of the signal
 */
export async function gradientNorm(
  dispatcher: Dispatcher,
  gradients: readonly ElementArray[],
  options?: ArrayOptions,
): Promise<number> {
  const { tensors, signal } = readGradients('gradientNorm', gradients, options)
  return normOf(dispatcher, tensors, signal)
}

/**
 * Multiplies all arrays in place by `min(1, maxNorm / (norm + 1e-6))`, with the L2 norm of all of them: PyTorch's
 * `clip_grad_norm_`. The arrays are written when the norm is known, at once, and not where the promise rejects.
 *
 * @returns the norm before clipping
 * @throws (by rejection) InputError or DestroyedError; the reason of the signal
 */
export async function clipByGlobalNorm(
  dispatcher: Dispatcher,
  gradients: readonly ElementArray[],
  maxNorm: number,
  options?: ArrayOptions,
): Promise<number> {
  const limit = readMaxNorm(maxNorm)
  const { tensors, signal } = readGradients('clipByGlobalNorm', gradients, options)
  const norm = await normOf(dispatcher, tensors, signal)
  for (const { elements, length } of tensors) checkUnchanged({ x: elements }, length)
  const coefficient = limit / (norm + 1e-6)
  if (!(coefficient >= 1)) for (const tensor of tensors) scale(tensor, coefficient)
  return norm
}

interface Tensor {
  readonly elements: Elements
  readonly format: FloatFormat
  readonly length: number
}

async function normOf(dispatcher: unknown, tensors: readonly Tensor[], signal: unknown): Promise<number> {
  const squares = await compute(dispatcher, normReduction(), tensors, signal)
  return Math.fround(Math.sqrt(squares.reduce((sum, square) => sum + square, 0)))
}

/** Multiplies elements in float32, rounded to the format once. */
function scale({ elements, format }: Tensor, coefficient: number): void {
  const factor = Math.fround(coefficient)
  if (format === 'f32') {
    for (let i = 0; i < elements.length; i++) elements[i]! *= factor
  } else {
    const scaled = toFloat32(format, elements as Uint16Array)
    for (let i = 0; i < scaled.length; i++) scaled[i]! *= factor
    fromFloat32(format, scaled, elements as Uint16Array)
  }
}

async function compute<Part>(
  dispatcher: unknown,
  reduction: ArrayReduction<Part>,
  tensors: readonly Tensor[],
  signal: unknown,
): Promise<Part[]> {
  const computeOn = typeof dispatcher === 'object' && dispatcher !== null ? computations.get(dispatcher) : undefined
  if (computeOn === undefined) {
    const message = `The dispatcher is ${show(dispatcher)}.`
    throw new InputError('invalid-argument', message, 'Give one made by createDispatcher().')
  }
  const checked = readSignal(signal)
  return Promise.all(
    tensors.map(({ elements, format }) => computeOn(new ReductionCall(reduction, elements, format), checked)),
  )
}

function readGradients(
  owner: string,
  gradients: unknown,
  options: unknown,
): { readonly tensors: Tensor[]; readonly signal: unknown } {
  const { format, signal } = readOptions(owner, options, ['format', 'signal'], 'Give { format, signal }.')
  const list = readList('gradients', gradients)
  return { tensors: list.map((array, i) => readTensor(`gradients[${i}]`, array, format)), signal }
}

function readBatches(activation: Activation, x: unknown, units: number, format: unknown): Tensor[] {
  const isList = reading('x', () => Array.isArray(x))
  const named: [string, unknown][] = isList ? readList('x', x).map((array, i) => [`x[${i}]`, array]) : [['x', x]]
  return named.map(([name, array]) => {
    const tensor = readTensor(name, array, format)
    checkRows(name, tensor.length, units)
    checkPeriods(activation, name, tensor.length)
    return tensor
  })
}

function readTensor(name: string, array: unknown, given: unknown): Tensor {
  const { kind, elements } = readElements(name, array)
  const formats = FORMATS_OF[kind].filter(format => format !== 'i32')
  const format = given === undefined && formats.length === 1 ? formats[0] : formats.find(choice => choice === given)
  if (format !== undefined) return { elements, format, length: elements.length }
  const choices = formats.map(choice => `{ format: '${choice}' }`).join(' or ')
  if (formats.length === 0) {
    throw new InputError('invalid-array', `${name} is ${show(array)}.`, 'Give a Float32Array, or one of 16 bits.')
  }
  const message = `The format is ${show(given)}, and ${name} is ${show(array)}.`
  throw new InputError('invalid-argument', message, `Give ${choices}.`)
}
