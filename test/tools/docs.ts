import { writeFileSync } from 'node:fs'
import { Application } from 'typedoc'
import { ACTIVATIONS_PAGE, activationsPage } from './activations-page.ts'

const USAGE = `Usage: npm run docs -- [--picture]

Writes docs/activations.md from the sources, and the API reference into dist-docs. A public symbol without a comment is an error.

  --picture   takes docs/page.png, the picture of the README, again
`

process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  if (words.includes('--help')) {
    process.stdout.write(USAGE)
    return 0
  }
  if (words.some(word => word !== '--picture')) {
    process.stderr.write(`${words.join(' ')}: there is --picture. See npm run docs -- --help\n`)
    return 2
  }
  writeFileSync(ACTIVATIONS_PAGE, await activationsPage())
  if (words.includes('--picture')) await (await import('./docs-picture.ts')).takePicture()
  return (await writeReference()) ? 0 : 1
}

/** Writes the API reference as typedoc.json says. A warning is an error. */
async function writeReference(): Promise<boolean> {
  const typedoc = await Application.bootstrapWithPlugins()
  const project = await typedoc.convert()
  if (project === undefined) return false
  typedoc.validate(project)
  await typedoc.generateOutputs(project)
  return !typedoc.logger.hasErrors() && !typedoc.logger.hasWarnings()
}
