import { checkOverlaps } from '../gpu/bindings/bindings.ts'
import { isDevice } from '../gpu/device/device.ts'
import type { BufferBinding } from '../gpu/record/kernels.ts'
import { knownKey, type Recorder, recorderOf } from '../gpu/record/recorder.ts'
import { clipDrafts, normDrafts } from '../gpu/reductions/norm.ts'
import { InputError, show } from '../support/errors.ts'
import type { HalfFormat } from '../support/formats.ts'
import type { GPUComputePassEncoder, GPUDevice } from '../support/platform-types.ts'
import { readOptions } from '../support/reading.ts'
import { keyOfRanges, readFormat, readList, readTensors, readWords } from './bindings.ts'

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

/** Records diagnostics into the caller's compute passes. Made by {@link createDiagnostics}. */
export interface Diagnostics {
  /**
   * Records the L2 norm of all elements of all gradients, in float32. It neither overflows nor underflows where the norm
   * is a float32, and is off by at most 2^-20 of it. NaN where an element is NaN, else Infinity where one is infinite; 0
   * of no elements.
   *
   * @throws InputError, BindingError or DestroyedError before anything is recorded; GpuError when memory runs out
   */
  gradientNorm(pass: GPUComputePassEncoder, gradients: readonly BufferBinding[], options: NormOptions): void
  /**
   * Multiplies all gradients in place by `min(1, maxNorm / (norm + 1e-6))`, with the L2 norm of all of them: PyTorch's
   * `clip_grad_norm_`. The GPU alone reads the norm. Where the norm is NaN, every gradient becomes NaN; where it is
   * Infinity, infinite elements become NaN and all others 0. Within the limit gradients keep their bits.
   *
   * @param maxNorm 0 or more, Infinity too
   * @throws InputError, BindingError or DestroyedError before anything is recorded; GpuError when memory runs out
   */
  clipByGlobalNorm(
    pass: GPUComputePassEncoder,
    gradients: readonly BufferBinding[],
    maxNorm: number,
    options?: ClipOptions,
  ): void
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
    gradientNorm: (pass, gradients, options) => recordNorm(recorder, pass, gradients, undefined, options),
    clipByGlobalNorm: (pass, gradients, maxNorm, options) =>
      recordNorm(recorder, pass, gradients, readMaxNorm(maxNorm), options),
  }
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
  const format = readFormat(named)
  const gradients = readList('gradients', given)
  const keyOf = (bindings: readonly unknown[]): string | undefined => {
    const ranges = keyOfRanges(bindings)
    return ranges && `${owner} ${maxNorm} ${format} ${ranges}`
  }
  recorder.recordPlan(pass, undefined, knownKey(() => keyOf([norm, ...gradients])), () => {
    const tensors = readTensors('gradients', gradients, format)
    const read = norm === undefined && maxNorm !== undefined ? undefined : readWords('norm', norm, 1)
    const into = read?.range
    const ranges = tensors.map(({ range }) => range)
    const results = [...(into === undefined ? [] : [into]), ...(maxNorm === undefined ? [] : ranges)]
    checkOverlaps(results, ranges, (output, input) => output === input)
    return {
      key: () => keyOf([read?.binding, ...tensors.map(({ binding }) => binding)]),
      ranges: into === undefined ? ranges : [into, ...ranges],
      drafts: planner =>
        maxNorm === undefined
          ? normDrafts(planner, format, tensors, into)
          : clipDrafts(planner, format, tensors, maxNorm, into),
    }
  })
}

/** @throws InputError */
export function readMaxNorm(maxNorm: unknown): number {
  if (typeof maxNorm === 'number' && maxNorm >= 0) return maxNorm
  throw new InputError('invalid-argument', `maxNorm is ${show(maxNorm)}.`, 'Give a number, 0 or more.')
}
