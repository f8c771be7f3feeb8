import type { Elements } from '../support/formats.ts'
import { allocateElements, type Tensors } from './layout.ts'
import { operationOf } from './operation.ts'
import { pack, type Packing, unpack } from './packing.ts'
import type { Results, Task } from './task.ts'

// A task over gate and up in one array, and the same task over two arrays. The reference and the checks have the second.

/** The number of elements of a tensor of a task, not a mask. */
export function elementsOf(
  { operation: { packing }, length }: Pick<Task, 'operation' | 'length'>,
  name: string,
): number {
  return packing !== undefined && (name === 'x' || name === 'dx') ? 2 * length : length
}

/** Returns arrays of one length: an array of pairs in two parts. Both are detached, or resized, with it. */
export function cutPairs(tensors: Readonly<Record<string, Elements>>, length: number): Record<string, Elements>
export function cutPairs(tensors: Tensors, length: number): Tensors
export function cutPairs(tensors: Tensors, length: number): Tensors {
  const parts = Object.entries(tensors).map(([name, array]): Tensors =>
    array instanceof Uint32Array || array.length === length
      ? { [name]: array }
      : { [name]: array.subarray(0, length), [`the rest of ${name}`]: array.subarray(length) },
  )
  return Object.assign({}, ...parts) as Tensors
}

/** Returns a task over gate and up apart. Copies them. @throws ActivationsError when memory runs out */
export function unpackedTask(task: Task): Task {
  const { activation, operation, inputs, format } = task
  const { x, ...others } = inputs
  const operationApart = operationOf(activation, operation.direction)
  const apart = unpack(x as Elements, operation.packing!, format)
  return { ...task, operation: operationApart, inputs: { ...apart, ...others }, out: {}, transfer: false }
}

/** Returns the results of a task as those of its {@link unpackedTask}. */
export function unpackedResults({ operation, format }: Task, results: Results): Results {
  if (operation.direction === 'forward') return results
  const { gate, up } = unpack(results[0] as Elements, operation.packing!, format)
  return [gate, up]
}

/** Returns the results of an {@link unpackedTask} as those of the task. @throws ActivationsError when memory runs out */
export function packedResults({ operation, length, format }: Task, results: Results): Results {
  const [dGate, dUp] = results as [Elements, Elements]
  if (operation.direction === 'forward') return results
  return [pack(dGate, dUp, operation.packing!, allocateElements(format, 2 * length))]
}

/** Returns a task over gate and up in one array, of so many rows as they have. */
export function packedTask(task: Task, packing: Packing): Task {
  const { activation, operation, format } = task
  const length = task.length - (task.length % packing.columns)
  const parts = Object.entries(task.inputs).map(([name, array]) => [name, array.subarray(0, length)])
  const { gate, up, ...others } = Object.fromEntries(parts) as Record<string, Elements>
  const x = pack(gate!, up!, packing, allocateElements(format, 2 * length))
  return {
    ...task,
    operation: operationOf(activation, operation.direction, { packing }),
    inputs: { x, ...others },
    length,
  }
}
