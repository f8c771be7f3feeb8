import type { Activation } from '../activations/support/activation.ts'
import type { Elements } from '../support/formats.ts'
import { computeInFormat } from './compute.ts'
import { backwardFromMaskOnCpu, backwardFromYOnCpu, maskOnCpu } from './gate.ts'
import { type Task, type ResultName, resultNamesOf } from '../operations/task.ts'

/** The results of a task in new arrays, without WebAssembly. @throws ActivationsError when memory runs out */
export function computeInJavaScript(task: Task): (Elements | Uint32Array)[] {
  return resultNamesOf(task).map(wanted => computeOne(task, wanted))
}

function computeOne({ activation, inputs, format }: Task, wanted: ResultName): Elements | Uint32Array {
  const { x, y, mask, dy } = inputs as Readonly<Record<string, Elements>>
  // Only activations without a partner have a mask, or a gradient from y.
  const single = activation as Activation
  if (wanted === 'mask') return maskOnCpu(single, x!, format)
  if (mask !== undefined) return backwardFromMaskOnCpu(single, inputs['mask'] as Uint32Array, dy!, format)
  if (y !== undefined) return backwardFromYOnCpu(single, y, dy!, format)
  return computeInFormat(activation, wanted, inputs, format)
}
