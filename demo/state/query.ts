import type { NumberRule } from './parameters.ts'

/** The query string of an address. What is wrong in it is left out, with a note for each. */
export class Query {
  readonly notes: string[] = []
  readonly #given: URLSearchParams

  constructor(query: string) {
    this.#given = new URLSearchParams(query)
  }

  get names(): readonly string[] {
    return [...new Set(this.#given.keys())]
  }

  /** The text of a name; undefined where it is not given. */
  text(name: string): string | undefined {
    return this.#given.get(name) ?? undefined
  }

  /** The values of a list that can be read; undefined where it is not given, or none of it can be read. */
  list<Value>(name: string, read: (word: string) => Value | undefined, rule: string): Value[] | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const words = text.split(',').filter(word => word.trim() !== '')
    const values = words.map(word => {
      const value = read(word)
      if (value === undefined) this.refuse(name, word, rule)
      return value
    })
    const valid = values.filter(value => value !== undefined)
    return valid.length === 0 && words.length > 0 ? undefined : [...new Set(valid)]
  }

  /** Some of a few words. */
  words<Word extends string>(name: string, choices: readonly Word[]): Word[] | undefined {
    return this.list(name, word => choices.find(choice => choice === word), `there is ${choices.join(', ')}`)
  }

  /** One of a few words. */
  word<Word extends string>(name: string, choices: readonly Word[]): Word | undefined {
    return this.words(name, choices)?.[0]
  }

  number(name: string, { valid, rule }: NumberRule): number | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const value = text.trim() === '' ? NaN : Number(text)
    if (valid(value)) return value
    this.refuse(name, text, rule)
    return undefined
  }

  /** True where the text is 1; undefined where the name is not given. */
  flag(name: string): boolean | undefined {
    const text = this.text(name)
    return text === undefined ? undefined : text === '1'
  }

  refuse(name: string, text: string, rule: string): void {
    this.notes.push(`The address has ${name}=${text}: ${rule}.`)
  }
}

/** Replaces values by those that are given. */
export function over<Values extends object>(
  values: Values,
  given: { readonly [Name in keyof Values]?: Values[Name] | undefined },
): Values {
  return { ...values, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) }
}

/** The parts of a query for what differs from the defaults, by name. A list is written with commas. */
export function differences(values: Readonly<Record<string, unknown>>, defaults: Readonly<Record<string, unknown>>) {
  return Object.entries(values).flatMap(([name, value]) => {
    const text = String(value)
    if (text === String(defaults[name])) return []
    // A plus sign in a query string is a space.
    return [`${name}=${value === true ? '1' : text.replace('+', '')}`]
  })
}
