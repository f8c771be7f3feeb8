import { provideProcessor, startWorker } from '../accuracy/processors.ts'
import { UsageError } from '../tools/command-line.ts'
import type { Row } from './measure.ts'
import type { Question } from './question.ts'
import { readOptions, USAGE } from './options.ts'
import { summarize } from './summary.ts'
import type { Answer } from './worker.ts'

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
  const { processor } = question
  const found = await provideProcessor(processor)
  if ('missing' in found) {
    process.stderr.write(`${processor} is missing: ${found.missing}\n`)
    return 1
  }
  const worker = startWorker<Question, Answer>('../bench/worker.ts', found.environment)
  worker.ask(question)
  const rows: Row[] = []
  let adapter = ''
  for await (const answer of worker.answers()) {
    if ('problem' in answer) {
      process.stderr.write(`${answer.problem}\n`)
      worker.stop()
      return 1
    }
    if ('adapter' in answer) adapter = answer.adapter
    else rows.push(answer.row)
  }
  await summarize(words, options, adapter, rows)
  return 0
}
