import { DefinitionError, show } from '../support/errors.ts'

/** A word, a number or another character of WGSL, with its place. */
export interface Token {
  readonly text: string
  readonly isWord: boolean
  /** The index of its first code unit. */
  readonly at: number
}

const TOKEN =
  /[A-Za-z_]\w*|0[xX][\da-fA-F.]+(?:[pP][+-]?\d+)?[iufh]?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[iufh]?|->|[^\s]/g

/** The WGSL of a user's definition: its text without comments, its tokens, and errors that name a place in it. */
export class WgslText {
  readonly tokens: readonly Token[]
  /** The text with spaces in place of comments. */
  readonly #plain: string
  readonly #name: string
  readonly #text: string

  /** @throws DefinitionError when the text is no string, is empty, or has a comment without an end or characters beyond ASCII */
  constructor(name: string, text: unknown) {
    this.#name = name
    if (typeof text !== 'string' || text.trim() === '') {
      throw new DefinitionError(`${name}'s wgsl is ${show(text)}.`, 'Give WGSL with fn forward and fn backward.')
    }
    this.#text = text
    this.#plain = this.#withoutComments()
    this.tokens = [...this.#plain.matchAll(TOKEN)].map(({ 0: found, index }) => {
      if (/[^\x20-\x7e]/.test(found)) this.fail(`has the character ${show(found)}`, index, 'Write names in ASCII.')
      return { text: found, isWord: /^[A-Za-z_]/.test(found), at: index }
    })
  }

  /** Throws an error about a place. @throws DefinitionError */
  fail(what: string, at: number | Token, fix: string): never {
    const index = typeof at === 'number' ? at : at.at
    const lines = this.#text.slice(0, index).split('\n')
    const place = { line: lines.length, column: lines.at(-1)!.length + 1 }
    const message = `${this.#name}'s wgsl ${what} (line ${place.line}, column ${place.column}).`
    throw new DefinitionError(message, fix, place)
  }

  /** Returns the text without comments, and with other words in place of some. A member follows its dot. */
  rewritten(wordFor: (token: Token, index: number) => string): string {
    let end = 0
    return this.tokens
      .map((token, i) => {
        const gap = this.#plain.slice(end, token.at)
        end = token.at + token.text.length
        const space = gap.includes('\n') ? '\n' : gap === '' ? '' : ' '
        const isMember = token.text === '.' || this.tokens[i - 1]?.text === '.'
        return `${isMember ? '' : space}${wordFor(token, i)}`
      })
      .join('')
  }

  /** Replaces comments by spaces, so that all else keeps its place. Block comments nest in WGSL. */
  #withoutComments(): string {
    let depth = 0
    let start = 0
    const plain = this.#text.replace(/\/\/[^\n]*|\/\*|\*\/|[^]/g, (part, at: number) => {
      if (part.startsWith('//') && depth === 0) return ' '.repeat(part.length)
      if (part === '/*' && depth++ === 0) start = at
      if (part === '*/' && depth === 0) this.fail('ends a comment that does not begin', at, 'Begin it with /*.')
      const isInside = depth > 0
      if (part === '*/') depth--
      return isInside ? part.replace(/[^\n]/g, ' ') : part
    })
    if (depth > 0) this.fail('has a comment without an end', start, 'End it with */.')
    return plain
  }
}
