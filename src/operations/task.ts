import type { Direction } from '../activations/support/activation.ts'
import { isGlu } from '../activations/support/glu-activation.ts'
import type { Elements, Format } from '../support/formats.ts'
import type { CallVariant, AnyActivation } from './operation.ts'
import type { Tensors } from './layout.ts'

/** One call that computes arrays: what a processor has to know of it. */
export interface Task {
  readonly activation: AnyActivation
  readonly direction: Direction
  /** x, or gate and up; and backward dy, and perhaps y or mask in place of x. */
  readonly inputs: Tensors
  /** How many elements the arrays have. */
  readonly length: number
  /** Forward, whether a mask is wanted; backward, what stands for x. */
  readonly variant: CallVariant
  readonly format: Format
  /** Where results go, in their order, by their names; it may be inputs themselves. Empty: to new arrays. A mask always is. */
  readonly out: Readonly<Record<string, Elements>>
  /** Whether the inputs may be detached. */
  readonly transfer: boolean
}

/** The results of a gated pair: y is `forward`, and backward has two. */
export type GluResult = 'forward' | 'dGate' | 'dUp'

/** What is computed: y and dx are named by their direction; of a pair `forward` is y. */
export type ResultName = Direction | GluResult | 'mask'

/** The results of a task, in their order. */
export function resultNamesOf({ activation, direction, variant }: Task): ResultName[] {
  if (isGlu(activation) && direction === 'backward') return ['dGate', 'dUp']
  return variant.mask === true ? [direction, 'mask'] : [direction]
}
