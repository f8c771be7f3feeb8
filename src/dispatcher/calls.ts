import type { AnyActivation } from '../activations/support/glu-activation.ts'
import type { Tensors } from '../operations/layout.ts'
import type { Comparison } from '../checking/comparison.ts'
import type { Deadline } from '../support/deadlines.ts'
import type { CallName } from './events.ts'
import type { CheckedOptions } from './options.ts'

/** One call of a dispatcher: its computation on either processor, and the check of the GPU's answer. */
export interface Call<Result> {
  readonly activation: AnyActivation
  readonly name: CallName
  /** The name under which a wrong kernel is quarantined: `'relu forward'`, `'relu forward f16'`. */
  readonly kernel: string
  /** The caller's arrays, inputs and results, which must not be detached or resized during the call. */
  readonly arrays: Tensors
  readonly length: number
  /** The number of bytes of each array but a mask. */
  readonly bytes: number
  computeOnCpu(deadline: Deadline): Result | Promise<Result>
  /**
   * @param chunk the most bytes of a tensor in one transfer
   * @param isApart true for results in new arrays, because they may be wrong
   */
  computeOnGpu(device: GPUDevice, deadline: Deadline, chunk?: number, isApart?: boolean): Promise<Answer<Result>>
  /** Returns calls of the same kernel whose values detect a broken one. */
  selfTests(): readonly Call<unknown>[]
  /** Returns the first elements of the call, with results in new arrays, for timing. */
  sample(elements: number): Sample
}

export interface Sample {
  compute(): unknown
  /** The number of bytes that the GPU would upload and read back, known after `compute`. */
  bytes(): number
  /** Compares the results with the reference as those of the GPU are compared. */
  check(options: CheckedOptions): unknown
}

export interface Answer<Result> {
  readonly result: Result
  /** Compares each result with the reference. */
  check(options: CheckedOptions): Finding[]
}

export interface Finding {
  readonly comparison: Comparison
  report(): string
}

export function mismatchesIn(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ comparison }) => comparison.mismatches > 0)
}

export function totalBytes(arrays: readonly ArrayBufferView[]): number {
  return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0)
}
