import { InputError, show } from './errors.ts'

/**
 * Reads a caller's value. Reading may run code of the caller: getters and proxy traps.
 *
 * @param what the subject of the error message
 * @throws InputError when that code throws; `cause` is the thrown value
 */
export function reading<Result>(what: string, read: () => Result): Result {
  try {
    return read()
  } catch (cause) {
    const message = `${what} cannot be read: that threw ${show(cause)}.`
    throw new InputError('invalid-argument', message, 'Give plain objects and values.', { cause })
  }
}

/**
 * Reads each option once, so that the checked value is the one in use.
 *
 * @param owner the subject of the error message
 * @param options undefined for no options
 * @param names the known options, whose values the caller checks
 * @param fix the `fix` of the error
 * @throws InputError when `options` is not an object, has other names of its own, or cannot be read
 */
export function readOptions<Name extends string>(
  owner: string,
  options: unknown,
  names: readonly Name[],
  fix: string,
): Partial<Record<Name, unknown>> {
  if (options === undefined) return {}
  const given = reading(`What ${owner} was given`, () => {
    if (typeof options !== 'object' || options === null || Array.isArray(options)) return undefined
    const known = names.map(name => [name, (options as Record<string, unknown>)[name]])
    const unknown = Object.keys(options).find(key => !(names as readonly string[]).includes(key))
    return { values: Object.fromEntries(known) as Partial<Record<Name, unknown>>, unknown }
  })
  if (given === undefined) {
    throw new InputError('invalid-argument', `${owner} was given ${show(options)} for its options.`, fix)
  }
  if (given.unknown === undefined) return given.values
  throw new InputError('unknown-option', `${owner} has no option ${show(given.unknown)}.`, fix)
}

/** Returns true if a value has methods of these names. @throws InputError when the value cannot be read */
export function hasMethods(what: string, value: unknown, names: readonly string[]): boolean {
  const object = Object(value) as Record<string, unknown>
  return reading(what, () => names.every(name => typeof object[name] === 'function'))
}

/** Checks the value of an option, which is undefined where it is left out. Throws InputError for a wrong value. */
export type Reader<Value> = (name: string, value: unknown) => Value

/** Reads each option by its reader. @throws InputError as {@link readOptions} and the readers */
export function readEach<Readers extends Readonly<Record<string, Reader<unknown>>>>(
  owner: string,
  options: unknown,
  readers: Readers,
): { readonly [Name in keyof Readers]: ReturnType<Readers[Name]> } {
  const names = Object.keys(readers)
  const given = readOptions(owner, options, names, `Give { ${names.join(', ')} }.`)
  const entries = Object.entries(readers).map(([name, read]) => [name, read(name, given[name])])
  return Object.fromEntries(entries) as ReturnType<typeof readEach<Readers>>
}

/** Makes a reader of a boolean, by default `usual`. */
export function flag(usual: boolean): Reader<boolean> {
  return (name, value = usual) => {
    if (typeof value === 'boolean') return value
    throw new InputError('invalid-argument', `${name} is ${show(value)}.`, 'Give true or false.')
  }
}

/** Makes a reader of one of a few strings, by default the first. */
export function choice<const Choice extends string>(...choices: readonly [Choice, ...Choice[]]): Reader<Choice> {
  return (name, value = choices[0]) => {
    const found = choices.find(word => word === value)
    if (found !== undefined) return found
    const words = choices.map(show).join(', ')
    throw new InputError('invalid-argument', `${name} is ${show(value)}.`, `Give one of ${words}.`)
  }
}
