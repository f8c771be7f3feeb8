import { readSignal } from '../../support/deadlines.ts'
import type { Direction } from '../../activations/support/activation.ts'
import { isActivation } from '../../activations/support/check.ts'
import { InputError, show } from '../../support/errors.ts'
import type { Format } from '../../support/formats.ts'
import type { AbortSignal } from '../../support/platform-types.ts'
import { reading, readOptions } from '../../support/reading.ts'
import { readFormat } from '../bindings/bindings.ts'
import type { CallVariant } from '../../operations/operation.ts'

/** What `prepare` compiles for. Everything may be left out. */
export interface PrepareOptions extends CallVariant {
  /** Both directions when left out. */
  readonly direction?: Direction | undefined
  /** `'f32'` when left out. */
  readonly format?: Format | undefined
  /** Ends the wait: `prepare` rejects with the signal's reason, and what is being compiled is kept all the same. */
  readonly signal?: AbortSignal | undefined
}

const CHOICES = {
  direction: ['forward', 'backward'],
  from: ['x', 'y', 'mask'],
  mask: [true, false],
  bias: [true, false],
  dbias: [true, false],
  accumulate: [true, false],
} as const

/** Checks the options of `prepare`. @throws InputError */
export function readPrepareOptions(options: unknown): {
  readonly directions: readonly Direction[]
  readonly format: Format
  readonly variant: CallVariant
  readonly signal: AbortSignal | undefined
} {
  const names = Object.keys(CHOICES) as (keyof typeof CHOICES)[]
  const all = ['format', 'signal', ...names] as const
  const { format, signal, ...given } = readOptions('prepare', options, all, `Give { ${all.join(', ')} }.`)
  for (const name of names) {
    const choices: readonly unknown[] = CHOICES[name]
    if (given[name] === undefined || choices.includes(given[name])) continue
    const message = `${name} is ${show(given[name])}.`
    throw new InputError('invalid-argument', message, `Give one of ${choices.map(show).join(', ')}.`)
  }
  const { direction, ...variant } = given as Omit<PrepareOptions, 'format' | 'signal'>
  const directions: readonly Direction[] = direction === undefined ? ['forward', 'backward'] : [direction]
  return { directions, format: readFormat(format), variant, signal: readSignal(signal) }
}

/**
 * What `prepare` was given, each element read once. Ends with the first that is no activation, for an array may be long and
 * hold nothing.
 *
 * @throws InputError when it is no array, or cannot be read
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
