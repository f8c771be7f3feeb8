import { InputError, show } from '../../support/errors.ts'
import { readOptions } from '../../support/reading.ts'

/**
 * Checks an options object and fills in defaults.
 *
 * @param defaults the default of each parameter; undefined for a required one
 * @param range `'infinite'` where the infinities are values too
 * @throws InputError when a parameter is missing or not a number of that range in float32, and for any other option
 */
export function readParameters<Name extends string>(
  activation: string,
  options: unknown,
  defaults: Readonly<Record<Name, number | undefined>>,
  range: Range = 'finite',
): Record<Name, number> {
  const names = Object.keys(defaults) as Name[]
  const example = names.map(name => (defaults[name] === undefined ? name : `${name}: ${defaults[name]}`))
  const usage = names.length === 0 ? `${activation}()` : `${activation}({ ${example.join(', ')} })`
  const given = readOptions(activation, options, names, `Call ${usage}.`)
  const read = {} as Record<Name, number>
  for (const name of names) {
    const value = given[name] === undefined ? defaults[name] : given[name]
    if (value === undefined) {
      throw new InputError('invalid-parameter', `${activation} was given no ${name}.`, `Call ${usage}.`)
    }
    read[name] = readNumber(activation, name, value, range === 'infinite' ? 'a number' : undefined, range)
  }
  return read
}

/** Reads an option that is one of a few strings, by default the first. @throws InputError for any other value */
export function readChoice<const Choice extends string>(
  activation: string,
  options: unknown,
  name: string,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const words = choices.map(choice => `'${choice}'`).join(' | ')
  const given = readOptions(activation, options, [name], `Call ${activation}({ ${name}: ${words} }).`)[name]
  if (given === undefined) return choices[0]
  const choice = choices.find(word => word === given)
  if (choice !== undefined) return choice
  throw new InputError('invalid-parameter', `${activation}'s ${name} is ${show(given)}.`, `Give one of ${words}.`)
}

/** Checks a number and rounds it to float32. @throws InputError whose fix names `wanted` */
export function readNumber(
  activation: string,
  name: string,
  value: unknown,
  wanted = 'a finite number',
  range: Range = 'finite',
): number {
  // As toJSON of an activation writes them.
  if (range === 'infinite' && (value === 'Infinity' || value === '-Infinity')) return Number(value)
  if (typeof value !== 'number') {
    throw new InputError('invalid-parameter', `${activation}'s ${name} is ${show(value)}.`, `Give ${wanted}.`)
  }
  const rounded = Math.fround(value)
  const isInfinity = value === rounded && range === 'infinite'
  if (!Number.isFinite(rounded) && !isInfinity) {
    const became = Number.isFinite(value) ? `, which rounds to ${rounded} in float32` : ''
    throw new InputError(
      'invalid-parameter',
      `${activation}'s ${name} is ${show(value)}${became}.`,
      `Give a number that is finite in float32${range === 'infinite' ? ', or an infinity' : ''}.`,
    )
  }
  return rounded
}

/** The numbers that a parameter takes: those finite in float32, or the infinities too. */
type Range = 'finite' | 'infinite'
