import type { Elements, Format } from '../support/formats.ts'
import type { Deadline } from '../support/deadlines.ts'
import type { AnyActivation } from '../activations/support/glu-activation.ts'
import type { Operation } from './operation.ts'
import type { Tensors } from './layout.ts'

/** One call over arrays: all inputs of a processor. */
export interface Task {
  readonly activation: AnyActivation
  readonly operation: Operation
  /** x, or gate and up; backward also dy; y or mask in place of x. */
  readonly inputs: Tensors
  readonly length: number
  readonly format: Format
  /** The arrays for results, by name; one may be an input itself. Every mask, and a result without an array here, is new. */
  readonly out: Readonly<Record<string, Elements>>
  /** True if the inputs may be detached. */
  readonly transfer: boolean
}

/** The results of a task, in the order of its operation: elements, then a mask. */
export type Results = (Elements | Uint32Array)[]

export type ResultName = 'y' | 'dx' | 'dGate' | 'dUp' | 'mask'

/** The names of the results of an operation, in their order. */
export function resultNamesOf({ slots }: Operation): ResultName[] {
  return slots.filter(({ isOutput, role }) => isOutput && role !== 'sums').map(({ name }) => name as ResultName)
}

export interface Processor {
  /**
   * Computes the results of a task. Results outside its `out` are new arrays.
   *
   * @throws ActivationsError when memory runs out, when the processor fails, or when the time limit passes; the reason
   * of an aborted signal of the deadline
   */
  compute(task: Task, deadline: Deadline): Results | Promise<Results>
}
