import type { GpuProcessor } from '../accuracy/processors.ts'
import type { Subject } from '../accuracy/subjects.ts'
import type { HalfFormat } from '../../src/support/formats.ts'

/** A request for timings. */
export interface Question {
  readonly kind: 'activations' | 'diagnostics'
  readonly processor: GpuProcessor
  readonly subjects: readonly Subject[]
  /** Numbers of elements, multiples of 8. */
  readonly sizes: readonly number[]
  readonly format: 'f32' | HalfFormat
  readonly masks: boolean
  /** The columns of gated pairs in one tensor, in each layout; undefined to leave them out. */
  readonly columns: number | undefined
  readonly runs: number
  /** The folder of an older checkout, whose kernels are timed too; undefined for none. */
  readonly against?: string | undefined
}
