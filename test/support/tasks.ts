import type { Direction } from '../../src/activations/support/activation.ts'
import type { Tensors } from '../../src/operations/layout.ts'
import type { AnyActivation } from '../../src/activations/support/glu-activation.ts'
import { operationOf, type Variant } from '../../src/operations/operation.ts'
import type { Results, Task } from '../../src/operations/task.ts'
import { computeInJavaScript } from '../../src/reference/compute.ts'
import type { Format } from '../../src/support/formats.ts'

/** A task over new arrays. */
export function taskOf(
  activation: AnyActivation,
  direction: Direction,
  inputs: Tensors,
  format: Format = 'f32',
  variant: Variant = {},
): Task {
  const elements = Object.entries(inputs).find(([name]) => name !== 'mask')
  const operation = operationOf(activation, direction, variant)
  return { activation, operation, inputs, length: elements![1].length, format, out: {}, transfer: false }
}

/** Computes results by the reference. */
export function referenceResults(...given: Parameters<typeof taskOf>): Results {
  return computeInJavaScript(taskOf(...given))
}
