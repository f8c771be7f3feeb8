import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Application } from 'typedoc'
import { ACTIVATIONS_PAGE, activationsPage } from './activations-page.ts'

const USAGE = `Usage: npm run docs -- [--picture] [--out FOLDER]

Writes docs/activations.md from the sources, and the API reference with the pages of docs. A public symbol without a comment
is an error.

  --picture      takes docs/page.png, the picture of the README, again
  --out FOLDER   where the API reference goes (default: dist-docs)
`

const OPTIONS = fileURLToPath(new URL('typedoc.json', import.meta.url))

process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  const options = { picture: { type: 'boolean' }, out: { type: 'string' }, help: { type: 'boolean' } } as const
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values']
  try {
    ;({ values } = parseArgs({ args: [...words], options }))
  } catch (error) {
    process.stderr.write(`${(error as Error).message} See npm run docs -- --help\n`)
    return 2
  }
  if (values.help === true) {
    process.stdout.write(USAGE)
    return 0
  }
  writeFileSync(ACTIVATIONS_PAGE, await activationsPage())
  if (values.picture === true) await (await import('./docs-picture.ts')).takePicture()
  return (await writeReference(values.out)) ? 0 : 1
}

/** Writes the API reference as typedoc.json says, into another folder if given. A warning is an error. */
async function writeReference(out: string | undefined): Promise<boolean> {
  const typedoc = await Application.bootstrapWithPlugins({ options: OPTIONS, ...(out !== undefined && { out }) })
  const project = await typedoc.convert()
  if (project === undefined) return false
  typedoc.validate(project)
  await typedoc.generateOutputs(project)
  return !typedoc.logger.hasErrors() && !typedoc.logger.hasWarnings()
}
