import { readSignal } from '../../support/deadlines.ts'
import type { Direction } from '../../activations/support/activation.ts'
import { isActivation } from '../../activations/support/check.ts'
import { InputError, show } from '../../support/errors.ts'
import type { Format } from '../../support/formats.ts'
import type { AbortSignal } from '../../support/platform-types.ts'
import { choice, flag, readEach, reading } from '../../support/reading.ts'
import { readFormat } from '../bindings/bindings.ts'
import { type Packing, readPacking } from '../../operations/packing.ts'

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
   * The columns of y, of GLUs whose gate and up lie in one tensor: compiles for calls with the columns, the layout and
   * the order. Without columns gate and up lie apart.
   */
  readonly columns?: number | undefined
  /** The layout of gate and up in one tensor. `'halves'` when left out. */
  readonly layout?: 'halves' | 'interleaved' | undefined
  /** The order of gate and up in one tensor. `'gate-up'` when left out. */
  readonly order?: 'gate-up' | 'up-gate' | undefined
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
} & {
  /** The order of gate and up in one tensor; undefined where they lie apart. */
  readonly packing?: Packing | undefined
}

export function readPrepareOptions(options: unknown) {
  const readDirection = choice('forward', 'backward')
  const asGiven = (_: string, value: unknown): unknown => value
  const { columns, layout, order, ...read } = readEach('prepare', options, {
    direction: (name, value) => (value === undefined ? undefined : readDirection(name, value)),
    format: readFormat,
    from: choice('x', 'y', 'mask'),
    mask: flag(false),
    bias: flag(false),
    dbias: flag(false),
    alpha: flag(false),
    dalpha: flag(false),
    accumulate: flag(false),
    columns: asGiven,
    layout: asGiven,
    order: asGiven,
    signal: (_, signal) => readSignal(signal),
  })
  const isPacked = [columns, layout, order].some(given => given !== undefined)
  return { ...read, packing: isPacked ? readPacking({ columns, layout, order }) : undefined }
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
