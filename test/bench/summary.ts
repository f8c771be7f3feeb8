import { writeFileSync } from 'node:fs'
import { environmentOf } from '../accuracy/report.ts'
import type { Row } from './measure.ts'
import type { Options } from './options.ts'
import { tableOf } from './table.ts'

/** Prints what was measured, and writes it where that is wanted. */
export function summarize(
  words: readonly string[],
  { question, json, markdown }: Options,
  adapter: string,
  rows: readonly Row[],
): void {
  const environment = { ...environmentOf(words, 'bench:gpu'), adapter }
  const { when, machine, library, command } = environment
  const how = `${question.format}, medians of ${question.runs} by ${rows[0]!.clock}`
  const where = `webgpu-activations ${library}, ${adapter}, ${machine}`
  process.stdout.write(`${tableOf(rows, markdown)}\n\n${how}. ${when.slice(0, 10)}, ${where}: ${command}\n`)
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ environment, rows })}\n`)
}
