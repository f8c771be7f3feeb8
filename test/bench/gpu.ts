import { UsageError } from '../tools/command-line.ts'
import type { Row } from './measure.ts'
import type { Question } from './question.ts'
import { readOptions, USAGE } from './options.ts'
import { measureApart } from './rows.ts'
import { summarize } from './summary.ts'

/** @param kind the kernels to time */
export async function main(words: readonly string[], kind: Question['kind']): Promise<number> {
  try {
    return await run(words, kind)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message} See npm run bench -- ${kind === 'diagnostics' ? kind : 'gpu'} --help\n`)
    return 2
  }
}

async function run(words: readonly string[], kind: Question['kind']): Promise<number> {
  const options = readOptions(words, kind)
  const { question } = options
  if (options.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const measured = await measureApart<Row>('../bench/worker.ts', question)
  if (measured === undefined) return 1
  await summarize(words, options, measured.adapter, measured.rows)
  return 0
}
