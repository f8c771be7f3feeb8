import type { AnyActivation } from '../operations/operation.ts'
import type { Tensors } from '../operations/layout.ts'
import type { Comparison } from '../checking/comparison.ts'
import type { Deadline } from '../support/deadlines.ts'
import type { CallName } from './events.ts'
import type { CheckedOptions } from './options.ts'

/** One call of a dispatcher: its computation on either processor, and the check of the GPU's answer. */
export interface Call<Result> {
  readonly activation: AnyActivation
  readonly name: CallName
  /** The name by which the kernel is quarantined when it is wrong: `'relu forward'`, `'relu forward f16'`. */
  readonly kernel: string
  /** The caller's arrays, which must stay as they are meanwhile: inputs, and the arrays for results. */
  readonly arrays: Tensors
  /** The number of elements of each array. */
  readonly length: number
  /** The number of bytes of each array, masks apart. */
  readonly bytes: number
  computeOnCpu(deadline: Deadline): Result | Promise<Result>
  /** @param chunk the most bytes of a tensor in one transfer */
  computeOnGpu(device: GPUDevice, deadline: Deadline, chunk?: number): Promise<Answer<Result>>
  /** Calls of the same kernel over values that tell whether it is broken. */
  selfTests(): readonly Call<unknown>[]
  /** The first elements of the call, with results in new arrays, to be timed. */
  sample(elements: number): Sample
}

/** A part of a call that is timed. */
export interface Sample {
  /** Computes it on the CPU. */
  compute(): unknown
  /** The number of bytes that would go to the GPU and come back, once it has been computed. */
  bytes(): number
  /** Compares the results with the reference, as results of the GPU are compared. */
  check(options: CheckedOptions): unknown
}

/** A result of the GPU. */
export interface Answer<Result> {
  readonly result: Result
  /** Compares each result with the reference. */
  check(options: CheckedOptions): Finding[]
}

/** The outcome of one comparison. */
export interface Finding {
  readonly comparison: Comparison
  /** Describes the mismatches, for a person to read. */
  report(): string
}

/** The findings that hold mismatches. */
export function mismatchesIn(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ comparison }) => comparison.mismatches > 0)
}

export function totalBytes(arrays: readonly ArrayBufferView[]): number {
  return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0)
}
