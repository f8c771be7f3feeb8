/** A piece of JavaScript on a page: ```js NAME */
export interface NamedSnippet {
  readonly name: string
  readonly code: string
}

/** The snippets of a page, in their order. */
export function snippetsIn(text: string): NamedSnippet[] {
  const found = text.matchAll(/^```(?:js|ts|javascript|typescript)\b *(.*)\n([\s\S]*?)^```$/gm)
  return [...found].map(([, name = '', code = '']) => ({ name, code }))
}

/**
 * A snippet as a module with one function, `run`.
 *
 * @param given the names that the snippet takes for granted: `run` takes an object of them
 * @param variables the variables that `run` gives back
 */
export function snippetModule(code: string, given: readonly string[], variables: readonly string[]): string {
  // An import may take several lines.
  const imports = [...code.matchAll(/^import [^;]*?'[^']+'$/gm)].map(match => match[0])
  const body = imports.reduce((rest, statement) => rest.replace(`${statement}\n`, ''), code)
  const start = `export async function run({ ${given.join(', ')} }) {`
  return [...imports, start, body, `return { ${variables.join(', ')} } }`].join('\n')
}
