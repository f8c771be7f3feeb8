import readme from '../../README.md?raw'

/** Runs a snippet of the README without its import, and gives back the variables it is asked for. */
export async function runSnippet(
  snippet: number,
  variables: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const [fenced = ''] = readme.split('```js\n').slice(snippet)
  const code = fenced.slice(0, fenced.indexOf('```')).replaceAll(/^import .*$/gm, '')
  const AsyncFunction = (async () => {}).constructor as new (...source: string[]) => (...args: unknown[]) => unknown
  const run = new AsyncFunction(...Object.keys(given), `${code}\nreturn { ${variables.join(', ')} }`)
  return run(...Object.values(given))
}
