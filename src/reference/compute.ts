import { allocateElements, newMask } from '../operations/layout.ts'
import { packedResults, unpackedTask } from '../operations/packed-task.ts'
import { type ResultName, resultNamesOf, type Results, type Task } from '../operations/task.ts'
import { bitsView } from '../support/bits.ts'
import { type Elements, WORDS, wordsOf } from '../support/formats.ts'
import { referenceOf } from './reference.ts'

export function computeInJavaScript(task: Task): Results {
  if (task.operation.packing !== undefined) return packedResults(task, computeInJavaScript(unpackedTask(task)))
  return resultNamesOf(task.operation).map(result => (result === 'mask' ? maskOf(task) : elementsOf(task, result)))
}

function maskOf(task: Task): Uint32Array {
  const referenceAt = referenceOf(task, 'mask')
  const mask = newMask(task.length)
  for (let i = 0; i < task.length; i++) mask[i >>> 5]! |= referenceAt(i) << (i & 31)
  return mask
}

function elementsOf(task: Task, result: ResultName): Elements {
  const { format, length } = task
  const elements = allocateElements(format, length)
  if (elements instanceof Float32Array && computedByLoops(task, elements)) return elements
  const words = wordsOf(elements)
  const referenceAt = referenceOf(task, result)
  const { fromFloat32 } = WORDS[format]
  for (let i = 0; i < length; i++) words[i] = fromFloat32(referenceAt(i))
  return elements
}

/** Computes a result by the loops of the activation; returns false where the task has none. */
function computedByLoops({ activation, operation, inputs }: Task, result: Float32Array): boolean {
  if (activation.loops === undefined || operation.from !== 'x') return false
  const { x, dy } = inputs as { readonly x: Float32Array; readonly dy?: Float32Array }
  if (operation.direction === 'forward') activation.loops.forward(bitsView(x), bitsView(result))
  else activation.loops.backward(bitsView(x), bitsView(dy!), bitsView(result))
  return true
}
