import { InputError, show } from '../../support/errors.ts'
import { readOptions } from '../../support/reading.ts'

type Default = number | undefined | readonly [string, ...string[]]

/** The values of parameters with such defaults: words where there are choices, and numbers elsewhere. */
type Read<Defaults extends Readonly<Record<string, Default>>> = {
  -readonly [Name in keyof Defaults]: Defaults[Name] extends readonly (infer Word)[] ? Word : number
}

/**
 * Checks an options object and fills in defaults.
 *
 * @param defaults the default of each number, undefined for a required one, or the choices of a word, the default first
 * @param range `'infinite'` where the infinities are numbers too
 * @throws InputError when a parameter is missing, not a number of that range in float32 or none of the choices, and for any
 * other option
 */
export function readParameters<const Defaults extends Readonly<Record<string, Default>>>(
  activation: string,
  options: unknown,
  defaults: Defaults,
  range: Range = 'finite',
): Read<Defaults> {
  const names = Object.keys(defaults)
  const example = names.map(name => {
    const usual = defaults[name]
    if (usual === undefined) return name
    return `${name}: ${typeof usual === 'number' ? usual : usual.map(word => `'${word}'`).join(' | ')}`
  })
  const usage = names.length === 0 ? `${activation}()` : `${activation}({ ${example.join(', ')} })`
  const given = readOptions(activation, options, names, `Call ${usage}.`)
  const read = names.map(name => {
    const usual = defaults[name]
    const value = given[name]
    if (typeof usual === 'object') return [name, readChoice(activation, name, value, usual)]
    if (value === undefined && usual === undefined) {
      throw new InputError('invalid-parameter', `${activation} was given no ${name}.`, `Call ${usage}.`)
    }
    return [
      name,
      readNumber(
        activation,
        name,
        value === undefined ? usual : value,
        range === 'infinite' ? 'a number' : undefined,
        range,
      ),
    ]
  })
  return Object.fromEntries(read) as Read<Defaults>
}

/** Reads one of a few words, by default the first. @throws InputError for any other value */
function readChoice(activation: string, name: string, given: unknown, choices: readonly string[]): string {
  if (given === undefined) return choices[0]!
  const choice = choices.find(word => word === given)
  if (choice !== undefined) return choice
  const words = choices.map(word => `'${word}'`).join(' | ')
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
export type Range = 'finite' | 'infinite'
