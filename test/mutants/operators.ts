import { createHash } from 'node:crypto'
import { bracketsOf, type Declaration, declarationsOf, positionOf, type Token, tokensOf } from './source.ts'

/** A source with one slip in it. */
export interface Mutant {
  /** The file, the declaration, and a hash of {@link change}: it stays the same as long as these do. */
  readonly id: string
  /** What becomes of the line. */
  readonly change: string
  /** Below `shaders`. */
  readonly file: string
  readonly declaration: string
  readonly line: number
  readonly column: number
  /** The whole source with the slip. */
  readonly source: string
}

/** What takes the place of a part of a source. */
interface Change {
  readonly start: number
  readonly end: number
  readonly text: string
}

const BINARY: Readonly<Record<string, readonly string[]>> = {
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['/'],
  '&': ['|'],
  '|': ['&'],
  '^': ['&'],
  '<<': ['>>'],
  '>>': ['<<'],
  '&&': ['||'],
  '||': ['&&'],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '==': ['!='],
  '!=': ['=='],
  '+=': ['-='],
  '-=': ['+='],
  '*=': ['/='],
  '/=': ['*='],
  '|=': ['&='],
  '++': ['--'],
}

const CALLS: Readonly<Record<string, string>> = {
  min: 'max',
  max: 'min',
  any: 'all',
  round: 'floor',
  countLeadingZeros: 'countTrailingZeros',
}

/** Whose result is their first argument at times: what they do is left out. */
const GUARDS = new Set([
  'abs',
  'bounded_above',
  'bounded_below',
  'bounded_magnitude',
  'clamp',
  'leading_bits',
  'positive_part',
])

const OPERANDS_MATTER = new Set(['-', '/', '%', '<<', '>>'])
const COMPONENTS: Readonly<Record<string, string>> = { x: 'y', y: 'x', z: 'w', w: 'z' }

// Tells the mutants of one declaration from each other.
const HASH_LENGTH = 5

/** Every slip in a file that is looked for, in the order of the source. */
export function mutantsOf(file: string, source: string): Mutant[] {
  const tokens = tokensOf(source)
  const reader = new Reader(source, tokens)
  const mutants = declarationsOf(tokens, reader.brackets).flatMap(declaration =>
    [...reader.changesIn(declaration)].map(change => mutantOf(file, source, declaration.name, change)),
  )
  const counts = new Map<string, number>()
  return mutants.map(mutant => {
    const text = `${mutant.file} ${mutant.declaration}: ${mutant.change}`
    const count = (counts.get(text) ?? 0) + 1
    counts.set(text, count)
    const hash = createHash('sha256').update(`${mutant.change} ${count}`).digest('hex').slice(0, HASH_LENGTH)
    return { id: `${mutant.file} ${mutant.declaration} ${hash}`, ...mutant }
  })
}

function mutantOf(file: string, source: string, declaration: string, { start, end, text }: Change): Omit<Mutant, 'id'> {
  const mutated = source.slice(0, start) + text + source.slice(end)
  const { line, column } = positionOf(source, start)
  const lineOf = (of: string): string => of.split('\n')[line - 1]!.trim() || 'nothing'
  const change = `${lineOf(source)} → ${lineOf(mutated)}`
  return { change, file, declaration, line, column, source: mutated }
}

class Reader {
  readonly brackets: ReadonlyMap<number, number>
  readonly #source: string
  readonly #tokens: readonly Token[]

  constructor(source: string, tokens: readonly Token[]) {
    this.#source = source
    this.#tokens = tokens
    this.brackets = bracketsOf(tokens)
  }

  *changesIn({ kind, body, to }: Declaration): Generator<Change> {
    if (kind === 'alias' || kind === 'struct') return
    for (let i = body; i < to; i++) {
      const token = this.#tokens[i]!
      if (kind === 'fn') yield* this.#statement(i, body)
      if (token.kind === 'number') yield* this.#number(token)
      if (token.kind === 'word') yield* this.#word(i)
      if (token.kind === 'sign') yield* this.#sign(i)
    }
  }

  #text(index: number): string {
    return this.#tokens[index]?.text ?? ''
  }

  #end(index: number): number {
    const { start, text } = this.#tokens[index]!
    return start + text.length
  }

  #slice(from: number, to: number): string {
    return this.#source.slice(this.#tokens[from]!.start, this.#end(to))
  }

  #replaced(index: number, text: string): Change {
    return { start: this.#tokens[index]!.start, end: this.#end(index), text }
  }

  *#number(token: Token): Generator<Change> {
    const end = token.start + token.text.length
    for (const text of otherNumbers(token.text)) yield { start: token.start, end, text }
  }

  *#word(i: number): Generator<Change> {
    const word = this.#text(i)
    if (this.#text(i - 1) === '.') {
      if (/^[xyzw]{1,2}$/.test(word))
        yield this.#replaced(
          i,
          word.replace(/./g, component => COMPONENTS[component]!),
        )
      return
    }
    if (word === 'true' || word === 'false') yield this.#replaced(i, word === 'true' ? 'false' : 'true')
    if (word === 'if' || word === 'while') yield this.#negated(i)
    if (this.#text(i + 1) === '[') {
      const close = this.brackets.get(i + 1)!
      const end = this.#tokens[close]!.start
      yield { start: end, end, text: ' + 1u' }
    }
    if (this.#text(i + 1) !== '(') return
    const other = CALLS[word]
    if (other !== undefined) yield this.#replaced(i, other)
    const operands = this.#arguments(i + 1)
    if (word === 'select') yield this.#swapped(operands[0]!, operands[1]!)
    if (!GUARDS.has(word)) return
    const [first] = operands
    const text = this.#slice(first![0], first![1])
    yield { start: this.#tokens[i]!.start, end: this.#end(this.brackets.get(i + 1)!), text: `(${text})` }
  }

  #negated(i: number): Change {
    const [open, close] = [i + 1, this.brackets.get(i + 1)!]
    const condition = this.#slice(open, close)
    return { start: this.#tokens[open]!.start, end: this.#end(close), text: `(!${condition})` }
  }

  /** The arguments of a call, each as its first and last token. */
  #arguments(open: number): (readonly [from: number, to: number])[] {
    const close = this.brackets.get(open)!
    const found: (readonly [number, number])[] = []
    let from = open + 1
    for (let i = from; i <= close; i++) {
      if (i === close || this.#text(i) === ',') {
        if (from < i) found.push([from, i - 1])
        from = i + 1
      } else if (isOpening(this.#text(i))) i = this.brackets.get(i)!
    }
    return found
  }

  #swapped(first: readonly [number, number], second: readonly [number, number]): Change {
    const [left, right] = [this.#slice(...first), this.#slice(...second)]
    const between = this.#source.slice(this.#end(first[1]), this.#tokens[second[0]]!.start)
    const start = this.#tokens[first[0]]!.start
    return { start, end: this.#end(second[1]), text: `${right}${between}${left}` }
  }

  *#sign(i: number): Generator<Change> {
    const sign = this.#text(i)
    if (sign === '!' || (sign === '-' && !this.#isOperand(i - 1))) {
      yield this.#replaced(i, '')
      return
    }
    // `&array` has one operand.
    if (sign === '&' && !this.#isOperand(i - 1)) return
    for (const other of BINARY[sign] ?? []) yield this.#replaced(i, other)
    if (!OPERANDS_MATTER.has(sign)) return
    const [left, right] = [this.#left(i), this.#right(i, strengthOf(sign))]
    // In brackets: what is right of a sign may be weaker than what is left of it.
    const text = `(${this.#slice(...right)}) ${sign} (${this.#slice(...left)})`
    yield { start: this.#tokens[left[0]]!.start, end: this.#end(right[1]), text }
  }

  /** Whether a token ends an operand, so that a sign behind it has two. */
  #isOperand(index: number): boolean {
    const token = this.#tokens[index]
    if (token === undefined || token.text === 'return') return false
    return token.kind === 'word' || token.kind === 'number' || token.text === ')' || token.text === ']'
  }

  #left(sign: number): readonly [number, number] {
    let from = sign
    for (let i = sign - 1; i >= 0; i--) {
      const text = this.#text(i)
      if (text === ')' || text === ']') i = this.brackets.get(i)!
      else if (isOpening(text) || isEnd(text) || strengthOf(text) < strengthOf(this.#text(sign))) break
      from = i
    }
    return [from, sign - 1]
  }

  #right(sign: number, strength: number): readonly [number, number] {
    let to = sign
    for (let i = sign + 1; ; i++) {
      const text = this.#text(i)
      const isUnary = text === '-' && !this.#isOperand(i - 1)
      if (isOpening(text)) i = this.brackets.get(i)!
      else if (text === ')' || text === ']' || isEnd(text) || (!isUnary && strengthOf(text) <= strength)) break
      to = i
    }
    return [sign + 1, to]
  }

  /** What begins at a token, left out: a statement that is not needed for what follows it to compile. */
  *#statement(i: number, body: number): Generator<Change> {
    const [before, first] = [this.#text(i - 1), this.#text(i)]
    if (before !== '{' && before !== '}' && before !== ';') return
    if (/^(let|var|const|if|else|for|while|loop|\{|\}|;)/.test(first)) return
    // A return at the end is all there is.
    if (first === 'return' && this.#isOutermost(i, body)) return
    if (this.#isInHeader(i)) return
    let end = i
    while (this.#text(end) !== ';') end = isOpening(this.#text(end)) ? this.brackets.get(end)! + 1 : end + 1
    yield { start: this.#tokens[i]!.start, end: this.#end(end), text: '' }
  }

  #isOutermost(i: number, body: number): boolean {
    for (let at = body; at < i; at++) if (this.#text(at) === '{' && this.brackets.get(at)! > i) return false
    return true
  }

  /** Whether it is what a `for` begins with. */
  #isInHeader(i: number): boolean {
    for (let at = i - 1; at >= 0 && this.#text(at) !== '{' && this.#text(at) !== '}'; at--) {
      if (this.#text(at) === '(' && this.brackets.get(at)! > i) return true
    }
    return false
  }
}

function isOpening(text: string): boolean {
  return text === '(' || text === '[' || text === '{'
}

function isEnd(text: string): boolean {
  return /^([,;{}]|[-+*/%&|^]?=|return)$/.test(text)
}

const STRENGTHS = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!=', '<', '>', '<=', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
]

/** How strongly a sign binds; what is no sign of two operands binds most. */
function strengthOf(text: string): number {
  const strength = STRENGTHS.findIndex(signs => signs.includes(text))
  return strength < 0 ? STRENGTHS.length : strength
}

// Large floats are bounds, behind which nothing changes any more: there is always some room beyond, and half of it is too near.
const LEAST_BOUND = 4

/** Numbers that could have been written in place of one: an integer's neighbours or other bits; a float a sixteenth larger, or half. */
function otherNumbers(text: string): string[] {
  const [, digits, suffix] = /^(.*?)([iu]?)$/.exec(text)!
  if (/^0[xX][\da-fA-F]+$/.test(digits!)) {
    const value = Number(digits)
    const highest = 2 ** (31 - Math.clz32(value))
    const others = [value ^ 1, ...(value > 1 ? [value - highest] : [])]
    return others.map(other => `0x${(other >>> 0).toString(16)}${suffix}`)
  }
  if (/^\d+$/.test(digits!)) {
    const value = Number(digits)
    return [...(value > 0 ? [value - 1] : []), value + 1].map(other => `${other}${suffix}`)
  }
  if (/[pP]/.test(digits!)) return [digits!.replace(/[-+]?\d+(?=f?$)/, power => String(Number(power) - 1))]
  const value = parseFloat(digits!)
  if (value === 0) return ['1.0']
  return [floatText(value < LEAST_BOUND ? value * 1.0625 : value / 2)]
}

function floatText(value: number): string {
  const text = String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}
