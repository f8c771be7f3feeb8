import { InputError } from '../../support/errors.ts'
import type { Activation } from './activation.ts'
import { type GluActivation, isGlu } from './glu-activation.ts'

/** The number of elements after which the slopes repeat; 1 with one slope or none. */
export function periodOf(activation: Activation | GluActivation): number {
  if (isGlu(activation) || activation.channels === undefined) return 1
  const { slopes, inner } = activation.channels
  return slopes.length === 1 ? 1 : slopes.length * inner
}

/**
 * Checks that the length of a tensor is a multiple of the period of its slopes. At another length the slopes belong to
 * another tensor.
 *
 * @param name the caller's name for the tensor
 * @throws InputError with the code `'length-mismatch'`
 */
export function checkPeriods(activation: Activation | GluActivation, name: string, elements: number): void {
  const period = periodOf(activation)
  if (elements % period === 0) return
  const { slopes, inner } = (activation as Activation).channels!
  const message = `${name} has ${elements} elements, and prelu's ${slopes.length} slopes of inner ${inner} fit multiples of ${period}.`
  throw new InputError(
    'length-mismatch',
    message,
    'Give whole tensors, and prelu their channels and the elements of one.',
  )
}
