import { type NamedSnippet, snippetsIn } from './snippet-module.ts'

const pages = import.meta.glob<string>(['../../README.md', '../../docs/*.md'], {
  query: '?raw',
  import: 'default',
  eager: true,
})

interface Snippet extends NamedSnippet {
  readonly page: string
}

/** All snippets in README or docs, in their order. */
export const snippets: readonly Snippet[] = Object.entries(pages).flatMap(([path, text]) =>
  snippetsIn(text).map(snippet => ({ page: path.replace('../../', ''), ...snippet })),
)

/** The code of a snippet: `docs/dispatcher.md` has several, each with a name behind its \`\`\`js. */
export function snippetOf(page: string, name: string): string {
  const snippet = snippets.find(other => other.page === page && other.name === name)
  if (snippet === undefined) throw new Error(`${page} has no snippet \`\`\`js ${name}.`)
  return snippet.code
}

/** Runs a snippet without its imports, and gives back the variables it is asked for. */
export async function runSnippet(
  page: string,
  name: string,
  variables: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const code = snippetOf(page, name).replaceAll(/^import .*$/gm, '')
  const AsyncFunction = (async () => {}).constructor as new (...source: string[]) => (...args: unknown[]) => unknown
  const run = new AsyncFunction(...Object.keys(given), `${code}\nreturn { ${variables.join(', ')} }`)
  return run(...Object.values(given))
}
