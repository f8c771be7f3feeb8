import type { Direction } from '../activations/activation.ts'
import { InputError, show } from '../errors.ts'
import type { Format } from '../formats.ts'
import { readFormat } from './bindings.ts'
import type { Features } from './operation.ts'

/** What `prepare` compiles for. Everything may be left out. */
export interface PrepareOptions extends Features {
  /** Both directions when left out. */
  readonly direction?: Direction | undefined
  /** `'f32'` when left out. */
  readonly format?: Format | undefined
}

const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
  direction: ['forward', 'backward'],
  from: ['x', 'y', 'mask'],
  mask: [true, false],
  bias: [true, false],
  dbias: [true, false],
  accumulate: [true, false],
}

/** Checks the options of `prepare`. @throws InputError */
export function readPrepareOptions(options: unknown = {}): {
  readonly directions: readonly Direction[]
  readonly format: Format
  readonly features: Features
} {
  const names = ['format', ...Object.keys(CHOICES)]
  const usage = `Give { ${names.join(', ')} }.`
  if (typeof options !== 'object' || options === null) {
    throw new InputError('invalid-argument', `The options of prepare are ${show(options)}.`, usage)
  }
  for (const [name, value] of Object.entries(options)) {
    if (!names.includes(name)) throw new InputError('unknown-option', `prepare has no option ${show(name)}.`, usage)
    if (value === undefined || name === 'format' || CHOICES[name]!.includes(value)) continue
    const choices = CHOICES[name]!.map(show)
    throw new InputError('invalid-argument', `${name} is ${show(value)}.`, `Give one of ${choices.join(', ')}.`)
  }
  const { direction, format, ...features } = options as PrepareOptions
  const directions: readonly Direction[] = direction === undefined ? ['forward', 'backward'] : [direction]
  return { directions, format: readFormat(format), features }
}
