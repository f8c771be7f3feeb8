// A tokeniser for the declarations of a WGSL module: enough to drop unused ones and to rename the others.

/** The source of a declaration at module scope, with the white space before it and without line comments. */
export type Declaration = string

const NAME = /\b(?:alias|const|fn|struct|var(?:<.*?>)?)\s+(\w+)/
// A number or a word. A dot before a word makes it a member access; in a struct a colon after a word makes it a member.
const WORD = /\.?\w+/g
const WORD_OR_CALL = /(\.?\w+)(\s*\()?/g
const FUNCTION = /^\s*fn\b/
const WORD_OF_STRUCT = /\.?\w+(?![\w:])/g

/** Returns the declarations of a module, by name. A later declaration replaces an earlier one of the same name. */
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
 * Returns the names that these names need, themselves included: functions by their calls. A local with the name of another
 * declaration counts as a use of it, which may keep a declaration too many but never too few.
 */
export function neededBy(roots: readonly string[], declarations: ReadonlyMap<string, Declaration>): Set<string> {
  const needed = new Set(roots)
  // A Set's iteration includes the names that the loop adds.
  for (const name of needed) {
    for (const [, word, call] of declarations.get(name)!.matchAll(WORD_OR_CALL)) {
      const declaration = declarations.get(word!)
      if (declaration !== undefined && (call !== undefined || !FUNCTION.test(declaration))) needed.add(word!)
    }
  }
  return needed
}

/** Renames the names in a declaration. A local that shadows one of them is renamed too, which changes no meaning. */
export function renamed(declaration: Declaration, names: ReadonlyMap<string, string>): string {
  const words = /^\s*struct\b/.test(declaration) ? WORD_OF_STRUCT : WORD
  return declaration.replace(words, word => names.get(word) ?? word).trim()
}

/** Returns the target of an `alias`; undefined for other declarations. */
export function aliased(declaration: Declaration): string | undefined {
  return /^\s*alias\s+\w+\s*=\s*(.*);$/.exec(declaration)?.[1]
}

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
