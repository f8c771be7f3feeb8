import { readSignal } from '../../support/deadlines.ts'
import type { Direction } from '../../activations/support/activation.ts'
import { isActivation } from '../../activations/support/check.ts'
import { InputError, show } from '../../support/errors.ts'
import type { Format } from '../../support/formats.ts'
import type { AbortSignal } from '../../support/platform-types.ts'
import { choice, flag, readEach, reading } from '../../support/reading.ts'
import { readFormat } from '../bindings/bindings.ts'

/** The variant of the calls that `prepare` compiles for. Every option may be left out. */
export interface PrepareOptions {
  /** `'forward'` or `'backward'`; both when left out. */
  readonly direction?: Direction | undefined
  /** The element format of the tensors. `'f32'` when left out. */
  readonly format?: Format | undefined
  /** Backward: the tensor that determines the derivative. `'x'` when left out. */
  readonly from?: 'x' | 'y' | 'mask' | undefined
  /** Forward: writes a mask too. `false` when left out. */
  readonly mask?: boolean | undefined
  /** Adds a bias to the input. `false` when left out. */
  readonly bias?: boolean | undefined
  /** Backward: computes the gradient of the bias too. `false` when left out. */
  readonly dbias?: boolean | undefined
  /** Reads the slopes of prelu from a binding. `false` when left out. */
  readonly alpha?: boolean | undefined
  /** Backward: computes the gradient of the slopes of prelu too. `false` when left out. */
  readonly dalpha?: boolean | undefined
  /** Backward: adds gradients to the values in their buffers. `false` when left out. */
  readonly accumulate?: boolean | undefined
  /**
   * Ends the wait: `prepare` rejects with the signal's reason. Programs that are being compiled are kept all the same.
   */
  readonly signal?: AbortSignal | undefined
}

export type CallParts = {
  readonly [Part in 'from' | 'mask' | 'bias' | 'dbias' | 'alpha' | 'dalpha' | 'accumulate']-?: Exclude<
    PrepareOptions[Part],
    undefined
  >
}

export function readPrepareOptions(options: unknown) {
  const readDirection = choice('forward', 'backward')
  return readEach('prepare', options, {
    direction: (name, value) => (value === undefined ? undefined : readDirection(name, value)),
    format: readFormat,
    from: choice('x', 'y', 'mask'),
    mask: flag(false),
    bias: flag(false),
    dbias: flag(false),
    alpha: flag(false),
    dalpha: flag(false),
    accumulate: flag(false),
    signal: (_, signal) => readSignal(signal),
  })
}

/**
 * Reads each element of the array of activations once. Stops at the first one that is no activation, because a sparse
 * array may have any length.
 *
 * @throws InputError when the value is no array, or a getter throws
 */
export function readActivations(given: unknown): unknown[] {
  const elements = reading('What prepare was given', () => {
    if (!Array.isArray(given)) return undefined
    const read: unknown[] = []
    for (let i = 0, isOurs = true; i < given.length && isOurs; i++) {
      const element: unknown = given[i]
      read.push(element)
      isOurs = isActivation(element)
    }
    return read
  })
  if (elements !== undefined) return elements
  throw new InputError('invalid-argument', `prepare was given ${show(given)}.`, 'Give an array of activations.')
}
