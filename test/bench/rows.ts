import type { Serializable } from 'node:child_process'
import { type GpuProcessor, provideProcessor, startWorker } from '../accuracy/processors.ts'

/** The messages of a worker: its adapter, then each row, or an error. */
export type Answer<Row> = { readonly adapter: string } | { readonly row: Row } | { readonly problem: string }

/** The rows of a worker, and the adapter that it measured on. */
interface Measured<Row> {
  readonly adapter: string
  readonly rows: Row[]
}

/**
 * Has a worker measure in a process of its own, because the environment of a process chooses the driver.
 *
 * @param script the worker's file, from test/accuracy
 * @returns undefined where it cannot measure, after the reason is printed
 */
export async function measureApart<Row>(
  script: string,
  question: Serializable & { readonly processor: GpuProcessor },
): Promise<Measured<Row> | undefined> {
  const found = await provideProcessor(question.processor)
  if ('missing' in found) {
    process.stderr.write(`${question.processor} is missing: ${found.missing}\n`)
    return undefined
  }
  const worker = startWorker<typeof question, Answer<Row>>(script, found.environment)
  worker.ask(question)
  const rows: Row[] = []
  let adapter = ''
  for await (const answer of worker.answers()) {
    if ('problem' in answer) {
      process.stderr.write(`${answer.problem}\n`)
      worker.stop()
      return undefined
    }
    if ('adapter' in answer) adapter = answer.adapter
    else rows.push(answer.row)
  }
  return { adapter, rows }
}
