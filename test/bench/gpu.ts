import type { Row } from './measure.ts'
import type { Question } from './question.ts'
import { readOptions, USAGE } from './options.ts'
import { measureApart } from './rows.ts'
import { summarize } from './summary.ts'

/** @param kind the kernels to time. @returns the exit status. @throws UsageError */
export async function main(words: readonly string[], kind: Question['kind']): Promise<number> {
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
