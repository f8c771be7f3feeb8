// As much of WGSL as it takes to move declarations of ours into somebody else's module.

/** A declaration at module scope, as its tokens. White space is among them, comments are not. */
export type Declaration = readonly string[]

// A comment, a word, a number, white space, or any other character.
const TOKEN = /\/\/.*|[a-zA-Z_]\w*|\d[\w.]*|\s+|[^]/g
const WORD = /^[a-zA-Z_]/
const NAME = /\b(?:alias|const|fn|struct|var(?:<[^>]*>)?)\s+(\w+)/

/** The declarations of a module, by their names. Of two with one name the later one counts. */
export function declarationsOf(source: string): Map<string, Declaration> {
  const declarations = new Map<string, Declaration>()
  let tokens: string[] = []
  let depth = 0
  for (const [token] of source.matchAll(TOKEN)) {
    if (token.startsWith('//')) continue
    tokens.push(token)
    if (token === '{') depth++
    if (token === '}') depth--
    if (depth > 0 || (token !== '}' && token !== ';')) continue
    const name = NAME.exec(tokens.join(''))?.[1]
    if (name !== undefined) declarations.set(name, tokens)
    tokens = []
  }
  return declarations
}

/**
 * The names that these names need, themselves included. A local named like something at module scope counts as a use of it:
 * that keeps too much at times, and never too little.
 */
export function neededBy(roots: readonly string[], declarations: ReadonlyMap<string, Declaration>): Set<string> {
  const needed = new Set(roots)
  // Goes on to what is added on the way.
  for (const name of needed) {
    for (const word of wordsOf(declarations.get(name)!)) if (declarations.has(word)) needed.add(word)
  }
  return needed
}

/** A declaration under other names. A local that hides one of them is renamed with it, which changes nothing. */
export function renamed(declaration: Declaration, names: ReadonlyMap<string, string>): string {
  return declaration
    .map((token, i) => (isName(declaration, i) ? (names.get(token) ?? token) : token))
    .join('')
    .trim()
}

/** What an `alias` stands for; undefined for other declarations. */
export function aliased(declaration: Declaration): string | undefined {
  const [keyword, , meaning] = wordsOf(declaration)
  return keyword === 'alias' ? meaning : undefined
}

/** Lines, indented by the blocks they are in. */
export function indented(source: string): string {
  let depth = 0
  const lines = source.split('\n').map(line => line.trim())
  return lines
    .filter(line => line !== '')
    .map(line => {
      if (line.startsWith('}')) depth--
      const indentation = '  '.repeat(depth)
      if (line.endsWith('{')) depth++
      return `${indentation}${line}\n`
    })
    .join('')
}

function wordsOf(declaration: Declaration): string[] {
  return declaration.filter((_, i) => isName(declaration, i))
}

/** Whether a token is a word, and no member of a struct or a vector. */
function isName(declaration: Declaration, index: number): boolean {
  if (!WORD.test(declaration[index]!) || declaration[index - 1] === '.') return false
  const isStruct = declaration.find(token => WORD.test(token)) === 'struct'
  return !(isStruct && declaration[index + 1] === ':')
}
