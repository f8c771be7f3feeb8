import { allIndices, compareWithReference, describe, sampleIndices } from '../checking/cross-check.ts'
import { unpackedResults, unpackedTask } from '../operations/packed-task.ts'
import { resultNamesOf, type Results, type Task } from '../operations/task.ts'
import type { Elements } from '../support/formats.ts'
import type { Finding } from './calls.ts'
import type { CheckedOptions } from './options.ts'

/** Compares each result of a task with the reference, at the elements that the options ask for. */
export function findingsOf(task: Task, results: Results, options: CheckedOptions): Finding[] {
  const { inputs, length, operation, format } = task
  const { crossCheck, seed } = options
  if (operation.packing !== undefined) return findingsOf(unpackedTask(task), unpackedResults(task, results), options)
  return resultNamesOf(operation).map((name, i) => {
    const result = results[i]!
    // The sample of a mask has the indices of y.
    const elements = (name === 'mask' ? results[0] : result) as Elements
    const indices = crossCheck === 'full' ? allIndices(length) : sampleIndices(inputs, elements, seed, format)
    const comparison = compareWithReference(task, name, result, indices)
    return { comparison, report: () => describe(task, name, result, comparison) }
  })
}
