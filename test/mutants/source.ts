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

const TOKEN =
  /(?<space>\s+|\/\/.*)|(?<attribute>@\w+(?:\([^)]*\))?)|(?<word>[A-Za-z_]\w*)|(?<number>0[xX][\da-fA-F.]+(?:[pP][+-]?\d+)?[iufh]?|\d[\d.]*(?:[eE][+-]?\d+)?[iufh]?)|(?<sign><<|>>|&&|\|\||[<>=!]=|[-+*/%&|^]=|->|\+\+|--|[^])/gy

// What may have a list of types behind its name: everywhere else `<` compares.
const GENERIC = new Set(['array', 'bitcast', 'var', 'vec2', 'vec3', 'vec4'])

export function tokensOf(source: string): Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  for (let match = TOKEN.exec(source); match !== null; match = TOKEN.exec(source)) {
    const { space, attribute, word, number } = match.groups!
    if (space !== undefined) continue
    const start = match.index
    if (word !== undefined && GENERIC.has(word) && source[TOKEN.lastIndex] === '<') {
      TOKEN.lastIndex = endOfTypes(source, TOKEN.lastIndex)
      tokens.push({ text: source.slice(start, TOKEN.lastIndex), start, kind: 'type' })
      continue
    }
    const kind =
      attribute !== undefined ? 'attribute' : word !== undefined ? 'word' : number !== undefined ? 'number' : 'sign'
    tokens.push({ text: match[0], start, kind })
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
