import { WgslScanner } from 'wgsl_reflect/wgsl_reflect.module.js'

// As much of WGSL as it takes to change one place of it: tokens and where they lie, brackets, declarations.

/** A token that is neither white space nor a comment. Attributes and types with their `<…>` are one token each. */
export interface Token {
  readonly text: string
  /** Its place in the source. */
  readonly start: number
  readonly kind: 'word' | 'number' | 'sign' | 'type' | 'attribute'
}

/** A declaration at module scope. */
export interface Declaration {
  readonly kind: 'alias' | 'const' | 'fn' | 'struct' | 'var'
  readonly name: string
  /** The indices of its tokens: from the first up to the one behind the last. */
  readonly from: number
  readonly to: number
  /** Where what it computes begins: behind the `{` of a function or the `=` of a constant. As `to` where there is none. */
  readonly body: number
}

// What may have a list of types behind its name: everywhere else `<` compares.
const GENERIC = new Set(['array', 'bitcast', 'var', 'vec2', 'vec3', 'vec4'])

export function tokensOf(source: string): Token[] {
  const tokens: Token[] = []
  const add = (start: number, end: number, kind: Token['kind']): number => {
    tokens.push({ text: source.slice(start, end), start, kind })
    return end
  }
  let done = 0
  for (const { lexeme, start, end } of new WgslScanner(source).scanTokens()) {
    // A part of the token before, or the end of the source.
    if (start < done || start === end) continue
    if (GENERIC.has(lexeme) && source[end] === '<') done = add(start, endOfTypes(source, end), 'type')
    else if (lexeme === '@')
      done = add(start, start + /^@\w+(?:\([^)]*\))?/.exec(source.slice(start))![0].length, 'attribute')
    else if (/^[a-z_]/i.test(lexeme)) done = add(start, end, 'word')
    // The scanner takes a sign before a number for a part of it.
    else if (/\d/.test(lexeme))
      done = add(lexeme.startsWith('-') ? add(start, start + 1, 'sign') : start, end, 'number')
    else done = add(start, end, 'sign')
  }
  return tokens
}

function endOfTypes(source: string, start: number): number {
  let depth = 0
  for (let i = start; i < source.length; i++) {
    if (source[i] === '<') depth++
    if (source[i] === '>' && --depth === 0) return i + 1
  }
  throw new Error(`Nothing closes the < at ${start}.`)
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/** For each opening bracket the index of the one that closes it, and the other way round. */
export function bracketsOf(tokens: readonly Token[]): ReadonlyMap<number, number> {
  const pairs = new Map<number, number>()
  const open: number[] = []
  for (const [i, { text }] of tokens.entries()) {
    if (text in CLOSING) open.push(i)
    if (text !== ')' && text !== ']' && text !== '}') continue
    const opening = open.pop()
    if (opening === undefined || CLOSING[tokens[opening]!.text] !== text) throw new Error(`Nothing opens a ${text}.`)
    pairs.set(opening, i).set(i, opening)
  }
  return pairs
}

/** The declarations of a source, in their order. */
export function declarationsOf(tokens: readonly Token[], brackets: ReadonlyMap<number, number>): Declaration[] {
  const declarations: Declaration[] = []
  let from = 0
  for (let i = 0; i < tokens.length; i++) {
    const { text } = tokens[i]!
    if (text === '(' || text === '[') i = brackets.get(i)!
    if (text !== ';' && text !== '{') continue
    const end = text === '{' ? brackets.get(i)! : i
    const keyword = tokens.slice(from, i).findIndex(token => /^(alias|const|fn|struct|var)\b/.test(token.text))
    // A lone `;` behind a struct.
    if (keyword >= 0) {
      const kind = /^\w+/.exec(tokens[from + keyword]!.text)![0] as Declaration['kind']
      const equals = tokens.findIndex((token, at) => at > from && at < i && token.text === '=')
      const body = kind === 'fn' ? i + 1 : equals >= 0 && kind !== 'alias' ? equals + 1 : end + 1
      declarations.push({ kind, name: tokens[from + keyword + 1]!.text, from, to: end + 1, body })
    }
    i = end
    from = end + 1
  }
  return declarations
}

/** Line and column of a place, from 1 on. */
export function positionOf(source: string, place: number): { readonly line: number; readonly column: number } {
  const before = source.slice(0, place).split('\n')
  return { line: before.length, column: before.at(-1)!.length + 1 }
}
