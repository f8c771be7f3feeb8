// As much of WGSL as it takes to leave declarations out of a module, and to move them into another one.

/** The source of a declaration at module scope: white space before it is a part of it, comments that end with their line are not. */
export type Declaration = string

const NAME = /\b(?:alias|const|fn|struct|var(?:<.*?>)?)\s+(\w+)/
// A number, or a word with the dot before it that makes it a member. In a struct a member has a colon behind it.
const WORD = /\.?\w+/g
const WORD_OF_STRUCT = /\.?\w+(?![\w:])/g

/** The declarations of a module, by their names. Of two with one name the later one counts. */
export function declarationsOf(source: string): Map<string, Declaration> {
  const declarations = new Map<string, Declaration>()
  let declaration = ''
  let depth = 0
  for (const [part] of source.replace(/\/\/.*/g, '').matchAll(/[^{};]*[{};]/g)) {
    declaration += part
    if (part.endsWith('{')) depth++
    if (part.endsWith('}')) depth--
    if (depth > 0) continue
    const name = NAME.exec(declaration)?.[1]
    if (name !== undefined) declarations.set(name, declaration)
    declaration = ''
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
    for (const word of declarations.get(name)!.match(WORD)!) if (declarations.has(word)) needed.add(word)
  }
  return needed
}

/** A declaration under other names. A local that hides one of them is renamed with it, which changes nothing. */
export function renamed(declaration: Declaration, names: ReadonlyMap<string, string>): string {
  const words = /^\s*struct\b/.test(declaration) ? WORD_OF_STRUCT : WORD
  return declaration.replace(words, word => names.get(word) ?? word).trim()
}

/** What an `alias` stands for; undefined for other declarations. */
export function aliased(declaration: Declaration): string | undefined {
  return /^\s*alias\s+\w+\s*=\s*(.*);$/.exec(declaration)?.[1]
}

/** Lines, indented by the blocks and the brackets they are in. */
export function indented(source: string): string {
  let depth = 0
  const lines = source.split('\n').map(line => line.trim())
  return lines
    .filter(line => line !== '')
    .map(line => {
      if (/^[)}]/.test(line)) depth--
      const indentation = '  '.repeat(depth)
      if (/[({]$/.test(line)) depth++
      return `${indentation}${line}\n`
    })
    .join('')
}
