import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { writeSection } from '../tools/markdown-section.ts'
import { runCommandLine } from '../tools/command-line.ts'
import { ProgressLine } from '../tools/progress.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { measureInNode } from './processes.ts'
import { jsonOf, judgeAll, lineOf, tableOf } from './report.ts'
import type { Answer } from './worker.ts'

// npm run claims: puts what is said about ReLU to the test.

await runCommandLine('claims', USAGE, readOptions, main)

async function main(options: Options, words: readonly string[]): Promise<number> {
  const answers = await measure(options)
  if (answers === undefined) return 1
  const judgements = judgeAll(options.claims, answers)
  process.stdout.write(`${tableOf(judgements)}\n`)
  if (options.json !== undefined) writeFileSync(options.json, jsonOf(judgements))
  if (options.markdown !== undefined) {
    await writeSection(options.markdown, 'claims', `${tableOf(judgements)}\n\n${aboutRun(options, words)}`)
  }
  return 0
}

/** All seeds of all claims; undefined where something failed. */
async function measure(options: Options): Promise<readonly Answer[] | undefined> {
  const answers: Answer[] = []
  const progress = new ProgressLine(process.stderr)
  try {
    // Vite and Playwright take a second to load.
    const measured =
      options.where === 'node' ? measureInNode(options) : (await import('./page.ts')).measureInPage(options)
    const all = options.claims.length * options.seeds
    for await (const answer of measured) {
      answers.push(answer)
      progress.update(`${answers.length} of ${all}: ${answer.claim}, seed ${answer.seed}`)
      const ofClaim = answers.filter(({ claim }) => claim === answer.claim)
      if (ofClaim.length === options.seeds) progress.item(lineOf(judgeAll([answer.claim], ofClaim)[0]!))
    }
    return answers
  } catch (error) {
    progress.line(error instanceof Error ? error.message : String(error))
    return undefined
  } finally {
    progress.clear()
  }
}

/** Describes the machine and the command of the table in a line. */
function aboutRun({ where }: Options, words: readonly string[]): string {
  const place = where === 'node' ? `Node ${process.versions.node.split('.')[0]}` : 'a headless Chromium'
  const command = ['npm run claims', ...(words.length === 0 ? [] : ['--', ...words])].join(' ')
  return `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores, ${place}: \`${command}\``
}
