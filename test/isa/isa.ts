import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { environmentOf } from '../accuracy/report.ts'
import { runCommandLine } from '../tools/command-line.ts'
import { type AmdCompilers, findAmdCompilers } from '../tools/lanes/drivers.ts'
import { provideAmdCompilers } from '../tools/lanes/mesa.ts'
import { writeSection } from '../tools/markdown-section.ts'
import { ProgressLine } from '../tools/progress.ts'
import { type Compiled, compileFor, type Row } from './compile.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { chipsTable, jsonOf, markdownOf, NOT_EXECUTED, summaryOf, textOf } from './report.ts'

// npm run isa: what AMD's compilers make of kernels.

await runCommandLine('isa', USAGE, readOptions, async (options, words) => {
  const problem = await provideAmdCompilers()
  const compilers = findAmdCompilers()
  if (compilers === undefined) {
    process.stderr.write(`No Mesa for AMD's GPUs: ${problem ?? "install Mesa's Vulkan drivers and mesa-drm-shim"}\n`)
    return 1
  }
  try {
    const { driver, rows } = await compileAll(compilers, options)
    await write(options, words, driver, rows)
    return 0
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    return 1
  }
})

async function compileAll(compilers: AmdCompilers, { chips, question }: Options) {
  const progress = new ProgressLine(process.stderr)
  const compiled = new Map<string, Compiled>()
  const waiting = [...chips]
  const compileNext = async (): Promise<void> => {
    for (let chip = waiting.shift(); chip !== undefined; chip = waiting.shift()) {
      const name = chip
      const show = (done: number, all: number): void => progress.update(`${name}: ${done} of ${all} kernels`)
      const found = await compileFor(compilers, { chip, ...question }, show)
      compiled.set(chip, found)
      progress.item(`${chip}: ${found.rows.length} kernels`)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, compileNext))
  progress.clear()
  const all = chips.map(chip => compiled.get(chip)!)
  return { driver: all[0]!.driver, rows: all.flatMap(({ rows }) => rows) }
}

async function write(options: Options, words: readonly string[], driver: string, rows: readonly Row[]): Promise<void> {
  const environment = { ...environmentOf(words, 'isa'), driver }
  const { when, library, command } = environment
  const about = `${when.slice(0, 10)}, webgpu-activations ${library}, ${driver}: ${command}`
  const summary = [...summaryOf(rows), NOT_EXECUTED].join('\n')
  process.stdout.write(`${textOf(rows)}\n\n${summary}\n${about}\n`)
  if (options.json !== undefined) writeFileSync(options.json, jsonOf(environment, rows))
  if (options.write === undefined) return
  await writeSection(options.write, 'isa', [markdownOf(rows), summary, chipsTable(rows), about].join('\n\n'))
}
