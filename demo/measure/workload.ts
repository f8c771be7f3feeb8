import type { Data } from './computation.ts'
import type { Rotation } from './rotation.ts'

/** The data that all candidates of one size share, and the order in which its copies are used. */
export interface Workload {
  /** Copies of the same data. */
  readonly sets: readonly Data[]
  readonly rotation: Rotation
  readonly signal: AbortSignal
}
