import type { Activation } from '../activations/support/activation.ts'
import { checkPeriods } from '../activations/support/channels.ts'
import { checkActivation } from '../activations/support/check.ts'
import { isGlu } from '../activations/support/glu-activation.ts'
import { checkOverlaps } from '../gpu/bindings/bindings.ts'
import { isDevice } from '../gpu/device/device.ts'
import type { BufferBinding } from '../gpu/record/kernels.ts'
import { type CallShape, keyOf, keyOfActivation } from '../gpu/record/keys.ts'
import { type Recorder, recorderOf } from '../gpu/record/recorder.ts'
import { columnDrafts, STATISTICS, UNITS } from '../gpu/reductions/columns.ts'
import { clipDrafts, normDrafts } from '../gpu/reductions/norm.ts'
import { InputError, show } from '../support/errors.ts'
import type { HalfFormat } from '../support/formats.ts'
import type { GPUComputePassEncoder, GPUDevice } from '../support/platform-types.ts'
import { flag, readOptions } from '../support/reading.ts'
import { readFormat, readList, readTensor, readTensors, readWords } from './bindings.ts'
import { readUnits } from './read.ts'

/** The options of `gradientNorm`. */
export interface NormOptions {
  /** 4 bytes for the norm, a float32. */
  readonly norm: BufferBinding
  /** The element format of all gradients: `'f32'` (default), `'f16'` or `'bf16'`. */
  readonly format?: 'f32' | HalfFormat | undefined
}

/** The options of `clipByGlobalNorm`. */
export interface ClipOptions {
  /** 4 bytes for the norm before clipping, a float32. Optional. */
  readonly norm?: BufferBinding | undefined
  /** The element format of all gradients: `'f32'` (default), `'f16'` or `'bf16'`. */
  readonly format?: 'f32' | HalfFormat | undefined
}

interface UnitOptions {
  /**
   * The input of the activation, [rows, units]. A range may begin at any multiple of 4 bytes. Without `size`: from its
   * offset to the end of its buffer.
   */
  readonly x: BufferBinding
  /** The element format of x: `'f32'` (default), `'f16'` or `'bf16'`. */
  readonly format?: 'f32' | HalfFormat | undefined
  /** Adds to what the results hold, as batch after batch of a data set comes. `false` when left out: starts anew. */
  readonly accumulate?: boolean | undefined
}

/** The options of `activationStatistics`. */
export interface StatisticsOptions extends UnitOptions {
  /** The results: 80 bytes a unit, which {@link readStatistics} reads. */
  readonly statistics: BufferBinding
  /** The number of columns of x: element i belongs to unit i % units. 1 when left out: the tensor as a whole. */
  readonly units?: number | undefined
}

/** The options of `deadUnits`. */
export interface DeadUnitsOptions extends UnitOptions {
  /** The results: 4 bytes a unit, which {@link readDeadUnits} reads. */
  readonly seen: BufferBinding
  /** The number of columns of x: element i belongs to unit i % units. */
  readonly units: number
}

/** Records diagnostics into the caller's compute passes. Made by {@link createDiagnostics}. */
export interface Diagnostics {
  /**
   * Records statistics of y = activation(x), of the tensor and of each unit: {@link TensorStatistics} has them.
   *
   * Counts are exact. Mean and deviation come from float32 arithmetic with compensated sums, whatever the length of the
   * tensor: the mean is off by at most 2^-19 of the largest magnitude, the deviation by 2^-15 of itself and 2^-22 of the
   * largest magnitude.
   *
   * @throws InputError, BindingError or DestroyedError before anything is recorded; GpuError when memory runs out
   */
  readonly activationStatistics: (
    pass: GPUComputePassEncoder,
    activation: Activation,
    options: StatisticsOptions,
  ) => void
  /**
   * Records which units ever had a gradient, and which ever had an open gate: the cheaper part of the statistics.
   *
   * @throws InputError, BindingError or DestroyedError before anything is recorded; GpuError when memory runs out
   */
  readonly deadUnits: (pass: GPUComputePassEncoder, activation: Activation, options: DeadUnitsOptions) => void
  /**
   * Records the L2 norm of all elements of all gradients, in float32. It neither overflows nor underflows where the norm
   * is a float32, and is off by at most 2^-20 of it. NaN where an element is NaN, else Infinity where one is infinite; 0
   * of no elements.
   *
   * @throws InputError, BindingError or DestroyedError before anything is recorded; GpuError when memory runs out
   */
  readonly gradientNorm: (
    pass: GPUComputePassEncoder,
    gradients: readonly BufferBinding[],
    options: NormOptions,
  ) => void
  /**
   * Multiplies all gradients in place by `min(1, maxNorm / (norm + 1e-6))`, with the L2 norm of all of them: PyTorch's
   * `clip_grad_norm_`. The GPU alone reads the norm. Where the norm is NaN, every gradient becomes NaN; where it is
   * Infinity, infinite elements become NaN and all others 0. Within the limit gradients keep their bits.
   *
   * @param maxNorm 0 or more, Infinity too
   * @throws InputError, BindingError or DestroyedError before anything is recorded; GpuError when memory runs out
   */
  readonly clipByGlobalNorm: (
    pass: GPUComputePassEncoder,
    gradients: readonly BufferBinding[],
    maxNorm: number,
    options?: ClipOptions,
  ) => void
}

/**
 * Creates diagnostics for the caller's device. The device is never destroyed; programs are compiled once per device, and
 * buffers for partial sums are shared by all calls.
 *
 * @throws InputError when `device` is not a GPUDevice
 */
export function createDiagnostics(device: GPUDevice): Diagnostics {
  if (!isDevice(device)) {
    const fix = 'Give a GPUDevice, from adapter.requestDevice().'
    throw new InputError('invalid-argument', `The device is ${show(device)}.`, fix)
  }
  const recorder = recorderOf(device)
  return {
    activationStatistics: (pass, activation, options) =>
      recordColumns(recorder, pass, activation, 'activationStatistics', options),
    deadUnits: (pass, activation, options) => recordColumns(recorder, pass, activation, 'deadUnits', options),
    gradientNorm: (pass, gradients, options) => recordNorm(recorder, pass, gradients, undefined, options),
    clipByGlobalNorm: (pass, gradients, maxNorm, options) =>
      recordNorm(recorder, pass, gradients, readMaxNorm(maxNorm), options),
  }
}

const REDUCTIONS = {
  activationStatistics: { reduction: STATISTICS, result: 'statistics' },
  deadUnits: { reduction: UNITS, result: 'seen' },
} as const

/** Records statistics, or what is seen of units. @param start the index of the first element in the whole tensor */
export function recordColumns(
  recorder: Recorder,
  pass: GPUComputePassEncoder,
  activation: unknown,
  owner: keyof typeof REDUCTIONS,
  options: unknown,
  start?: number,
): void {
  const { reduction, result } = REDUCTIONS[owner]
  const names = ['x', 'format', 'units', 'accumulate', result] as const
  const given = readOptions(owner, options, names, `Give { ${names.join(', ')} }.`)
  const checked = readActivation(owner, activation)
  const format = readFormat('format', given.format)
  const units = readUnits(owner === 'activationStatistics' ? (given.units ?? 1) : given.units)
  const accumulates = flag(false)('accumulate', given.accumulate)
  const readKey = (bindings: readonly unknown[], shape?: CallShape): string | undefined => {
    const prefix = `${owner} ${keyOfActivation(checked)} ${start} ${format} ${units} ${accumulates}`
    return keyOf(prefix, bindings, undefined, shape)
  }
  recorder.recordPlan(
    pass,
    checked,
    shape => readKey([given.x, given[result]], shape),
    () => {
      const x = readTensor('x', given.x, format)
      const into = readWords(result, given[result], units * reduction.wordsPerColumn)
      if (start === undefined) {
        checkRows('x', x.count, units)
        checkPeriods(checked, 'x', x.count)
      }
      checkOverlaps([into.range], [x.range], () => false)
      return {
        key: shape => readKey([x.binding, into.binding], shape),
        ranges: [x.range, into.range],
        drafts: planner => columnDrafts(planner, reduction, checked, format, x, into.range, accumulates, start),
      }
    },
  )
}

/** Checks that a value is an activation of one tensor. @throws InputError */
export function readActivation(owner: string, activation: unknown): Activation {
  checkActivation(activation)
  if (!isGlu(activation)) return activation
  const fix = `Give the activation of its gate, with gate for x.`
  throw new InputError('invalid-argument', `${owner} was given ${activation}, a function of two tensors.`, fix)
}

/** Checks that a tensor has whole rows. @throws InputError */
export function checkRows(name: string, count: number, units: number): void {
  if (count % units === 0) return
  const message = `${name} has ${count} elements, which are no whole rows of ${units} units.`
  throw new InputError('length-mismatch', message, 'Give whole rows, and the number of columns for units.')
}

/** Records a norm, and with `maxNorm` the clipping by it. */
export function recordNorm(
  recorder: Recorder,
  pass: GPUComputePassEncoder,
  given: unknown,
  maxNorm: number | undefined,
  options: unknown,
): void {
  const owner = maxNorm === undefined ? 'gradientNorm' : 'clipByGlobalNorm'
  const { norm, format: named } = readOptions(owner, options, ['norm', 'format'], 'Give { norm, format }.')
  const format = readFormat('format', named)
  const gradients = readList('gradients', given)
  const readKey = (bindings: readonly unknown[], shape?: CallShape): string | undefined => {
    return keyOf(`${owner} ${maxNorm} ${format}`, bindings, undefined, shape)
  }
  recorder.recordPlan(
    pass,
    undefined,
    shape => readKey([norm, ...gradients], shape),
    () => {
      const tensors = readTensors('gradients', gradients, format)
      const read = norm === undefined && maxNorm !== undefined ? undefined : readWords('norm', norm, 1)
      const into = read?.range
      const ranges = tensors.map(({ range }) => range)
      const results = [...(into === undefined ? [] : [into]), ...(maxNorm === undefined ? [] : ranges)]
      checkOverlaps(results, ranges, (output, input) => output === input)
      return {
        key: shape => readKey([read?.binding, ...tensors.map(({ binding }) => binding)], shape),
        ranges: into === undefined ? ranges : [into, ...ranges],
        drafts: planner =>
          maxNorm === undefined
            ? normDrafts(planner, format, tensors, into)
            : clipDrafts(planner, format, tensors, maxNorm, into),
      }
    },
  )
}

/** @throws InputError */
export function readMaxNorm(maxNorm: unknown): number {
  if (typeof maxNorm === 'number' && maxNorm >= 0) return maxNorm
  throw new InputError('invalid-argument', `maxNorm is ${show(maxNorm)}.`, 'Give a number, 0 or more.')
}
