import { InputError } from '../../support/errors.ts'
import type { Channels } from './activation.ts'
import type { AnyActivation } from './glu-activation.ts'

/** The number of elements after which the slopes repeat; 1 with one slope or none. */
export function periodOf(activation: AnyActivation): number {
  const channels = severalChannels(activation)
  return channels === undefined ? 1 : channels.slopes.length * channels.inner
}

/** The channels of an activation that has several slopes. One slope alone is a parameter. */
export function severalChannels(activation: AnyActivation): Channels | undefined {
  const { channels } = activation
  return channels !== undefined && channels.slopes.length > 1 ? channels : undefined
}

/**
 * Checks that the length of a tensor is a multiple of the period of its slopes. At another length the slopes belong to
 * another tensor.
 *
 * @param name the caller's name for the tensor
 * @throws InputError with the code `'length-mismatch'`
 */
export function checkPeriods(activation: AnyActivation, name: string, elements: number): void {
  const channels = severalChannels(activation)
  if (channels !== undefined) checkPeriod({ count: channels.slopes.length, inner: channels.inner }, name, elements)
}

/** The number of slopes, and of adjacent elements that have the same one. */
export interface SlopePattern {
  readonly count: number
  readonly inner: number
}

/** As {@link checkPeriods}, for slopes without an activation. One slope fits any tensor. */
export function checkPeriod({ count, inner }: SlopePattern, name: string, elements: number): void {
  const period = count === 1 ? 1 : count * inner
  if (elements % period === 0) return
  const message = `${name} has ${elements} elements, and prelu's ${count} slopes of inner ${inner} fit multiples of ${period}.`
  throw new InputError(
    'length-mismatch',
    message,
    'Give whole tensors, and prelu their channels and the elements of one.',
  )
}
