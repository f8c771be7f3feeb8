import { writeFileSync } from 'node:fs'
import { environmentOf } from '../accuracy/report.ts'
import { writeSection } from '../tools/markdown-section.ts'
import type { Row } from './measure.ts'
import type { Options } from './options.ts'
import { kernelTable, slowerThanBefore, tableOf } from './table.ts'

/** Prints what was measured, and writes it where that is wanted. */
export async function summarize(
  words: readonly string[],
  { question, json, write, markdown }: Options,
  adapter: string,
  rows: readonly Row[],
): Promise<void> {
  const name = question.kind === 'diagnostics' ? 'diagnostics' : 'gpu'
  const environment = { ...environmentOf([name, ...words], 'bench'), adapter }
  const { when, machine, library, command } = environment
  const how = `${question.format}, medians of ${question.runs} by ${rows[0]!.clock}`
  const where = `webgpu-activations ${library}, ${adapter}, ${machine}`
  const about = `${how}. ${when.slice(0, 10)}, ${where}: ${command}`
  process.stdout.write(`${tableOf(rows, markdown)}\n\n${about}\n`)
  if (question.against !== undefined) process.stdout.write(`\n${slowerThanBefore(rows)}\n`)
  if (write !== undefined) await writeSection(write, 'kernels', `${kernelTable(rows)}\n\n${about}`)
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ environment, rows })}\n`)
}
