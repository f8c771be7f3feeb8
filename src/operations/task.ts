import type { Elements, Format } from '../support/formats.ts'
import type { Deadline } from '../support/deadlines.ts'
import type { AnyActivation, Operation } from './operation.ts'
import type { Tensors } from './layout.ts'

/** One call over arrays: all that a processor needs. */
export interface Task {
  readonly activation: AnyActivation
  readonly operation: Operation
  /** x, or gate and up; backward also dy; y or mask in place of x. */
  readonly inputs: Tensors
  /** The number of elements of each array. */
  readonly length: number
  readonly format: Format
  /** The arrays for results, by name; one may be an input itself. A result that has none here, and every mask, is a new array. */
  readonly out: Readonly<Record<string, Elements>>
  /** Whether the inputs may be detached. */
  readonly transfer: boolean
}

/** The results of a task, in the order of its operation: elements, and behind them a mask. */
export type Results = (Elements | Uint32Array)[]

/** The name of a result, as its operation has it. */
export type ResultName = 'y' | 'dx' | 'dGate' | 'dUp' | 'mask'

/** The names of the results of an operation, in their order. */
export function resultNamesOf({ slots }: Operation): ResultName[] {
  return slots.filter(({ isOutput, role }) => isOutput && role !== 'sums').map(({ name }) => name as ResultName)
}

/** What computes tasks: the CPU, or a GPU. */
export interface Processor {
  /**
   * Computes the results of a task. Those that are not its `out` are new arrays.
   *
   * @throws ActivationsError when memory runs out, when the processor fails, or when it does not answer in time; the reason of a
   * signal of the deadline
   */
  compute(task: Task, deadline: Deadline): Results | Promise<Results>
}
