// A parser of Python literals, for the header of a .npy. The grammar:
// https://docs.python.org/3/reference/lexical_analysis.html

/** A value of Python. A later duplicate of a dict's key overrides the earlier one, as in Python. */
export type PythonValue =
  string | number | boolean | null | PythonTuple | readonly PythonValue[] | ReadonlyMap<PythonValue, PythonValue>

export class PythonTuple {
  readonly items: readonly PythonValue[]

  constructor(items: readonly PythonValue[]) {
    this.items = items
  }
}

/** A syntax error at `position`. */
export class LiteralError extends Error {
  readonly position: number

  constructor(position: number) {
    super(`No Python literal from position ${position} on.`)
    this.position = position
  }
}

/**
 * Reads a dict, list, tuple, string, integer, True, False or None; also Python 2's 3L and u'text'. Refuses bytes, sets and
 * fractional numbers. @throws LiteralError
 */
export function parsePythonLiteral(text: string): PythonValue {
  return new Parser(text).parse()
}

const SPACE = /(?:[ \t\f\r\n]|#[^\n]*)*/y
const WORD = /True|False|None/y
const INTEGER = /([+-]?)(0[xX][\dA-Fa-f]+|0[oO][0-7]+|0[bB][01]+|0+|[1-9](?:_?\d)*)(?: *L)?/y
const STRING =
  /([uUrR]?)(?:'''((?:[^\\]|\\[^])*?)'''|"""((?:[^\\]|\\[^])*?)"""|'(?!'')((?:[^'\\\n]|\\[^])*)'|"(?!"")((?:[^"\\\n]|\\[^])*)")/y
const ESCAPE = /\\(?:([0-7]{1,3})|x([\dA-Fa-f]{2})|u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8})|([^]))/g

const WORDS: Readonly<Record<string, boolean | null>> = { True: true, False: false, None: null }
const ESCAPED: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

// Limits the recursion. Python has the same limit.
const DEEPEST = 200

class Parser {
  readonly #text: string
  #position = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  parse(): PythonValue {
    const value = this.#value()
    if (this.#position < this.#text.length) this.#fail()
    return value
  }

  #value(): PythonValue {
    this.#match(SPACE)
    const word = this.#match(WORD)
    const value = word === null ? (this.#integer() ?? this.#strings() ?? this.#bracketed()) : WORDS[word[0]]!
    this.#match(SPACE)
    return value
  }

  #integer(): number | undefined {
    const integer = this.#match(INTEGER)
    return integer === null ? undefined : Number(integer[2]!.replaceAll('_', '')) * (integer[1] === '-' ? -1 : 1)
  }

  /** Concatenates adjacent strings. */
  #strings(): string | undefined {
    let text: string | undefined
    for (let part = this.#string(); part !== undefined; part = this.#string()) text = (text ?? '') + part
    return text
  }

  #string(): string | undefined {
    const start = this.#position
    const string = this.#match(STRING)
    if (string === null) return undefined
    this.#match(SPACE)
    const [, prefix, ...bodies] = string
    const body = bodies.find(found => found !== undefined)!
    if (prefix?.toLowerCase() === 'r') return body
    return body.replace(ESCAPE, (_, octal?: string, x?: string, u?: string, U?: string, other?: string) => {
      if (other !== undefined) return ESCAPED[other] ?? `\\${other}`
      const code = octal === undefined ? parseInt((x ?? u ?? U)!, 16) : parseInt(octal, 8)
      return code > 0x10ffff ? this.#fail(start) : String.fromCodePoint(code)
    })
  }

  #bracketed(): PythonValue {
    if (++this.#depth > DEEPEST) this.#fail()
    let value: PythonValue
    if (this.#skip('(')) {
      const { items, endsInComma } = this.#items(')', () => this.#value())
      value = items.length === 1 && !endsInComma ? items[0]! : new PythonTuple(items)
    } else if (this.#skip('[')) {
      value = this.#items(']', () => this.#value()).items
    } else if (this.#skip('{')) {
      value = new Map(this.#items('}', () => this.#entry()).items)
    } else this.#fail()
    this.#depth--
    return value
  }

  #entry(): [PythonValue, PythonValue] {
    const key = this.#value()
    if (!this.#skip(':')) this.#fail()
    return [key, this.#value()]
  }

  #items<Item>(end: string, read: () => Item): { items: Item[]; endsInComma: boolean } {
    const items: Item[] = []
    let endsInComma = false
    for (this.#match(SPACE); !this.#skip(end); this.#match(SPACE)) {
      if (items.length > 0 && !endsInComma) this.#fail()
      items.push(read())
      endsInComma = this.#skip(',')
    }
    return { items, endsInComma }
  }

  #skip(character: string): boolean {
    const isThere = this.#text[this.#position] === character
    if (isThere) this.#position++
    return isThere
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#position
    const match = pattern.exec(this.#text)
    if (match !== null) this.#position = pattern.lastIndex
    return match
  }

  #fail(position = this.#position): never {
    throw new LiteralError(position)
  }
}
