import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { environmentOf } from '../accuracy/report.ts'
import { runCommandLine } from '../tools/command-line.ts'
import { type AmdCompilers, findAmdCompilers } from '../tools/lanes/drivers.ts'
import { provideAmdCompilers } from '../tools/lanes/mesa.ts'
import { writeSection } from '../tools/markdown-section.ts'
import { ProgressLine } from '../tools/progress.ts'
import { CHIPS } from './chips.ts'
import { type Compiled, compileFor } from './compile.ts'
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
    await write(options, await compileAll(compilers, options, words), words)
    return 0
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    return 1
  }
})

/** Compiles for as many chips at a time as there are cores. A long run writes its JSON after each. */
async function compileAll(compilers: AmdCompilers, { chips, question, json }: Options, words: readonly string[]) {
  const progress = new ProgressLine(process.stderr)
  const compiled = new Map<string, Compiled>()
  const joined = (): Compiled => {
    const all = CHIPS.flatMap(({ name }) => compiled.get(name) ?? [])
    return { driver: all[0]!.driver, rows: all.flatMap(({ rows }) => rows) }
  }
  const waiting = [...chips]
  const compileNext = async (): Promise<void> => {
    for (let chip = waiting.shift(); chip !== undefined; chip = waiting.shift()) {
      const name = chip
      const show = (done: number, all: number): void => progress.update(`${name}: ${done} of ${all} kernels`)
      const found = await compileFor(compilers, { chip, ...question }, show)
      compiled.set(chip, found)
      progress.item(`${chip}: ${found.rows.length} kernels`)
      const { driver, rows } = joined()
      if (json !== undefined) writeFileSync(json, jsonOf({ ...environmentOf(words, 'isa'), driver }, rows))
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, compileNext))
  progress.clear()
  return joined()
}

async function write(options: Options, { driver, rows }: Compiled, words: readonly string[]): Promise<void> {
  const { when, library, command } = environmentOf(words, 'isa')
  const about = `${when.slice(0, 10)}, webgpu-activations ${library}, ${driver}: ${command}`
  const summary = [...summaryOf(rows), NOT_EXECUTED].join('\n')
  process.stdout.write(`${textOf(rows)}\n\n${summary}\n${about}\n`)
  if (options.write === undefined) return
  await writeSection(options.write, 'isa', [markdownOf(rows), summary, chipsTable(rows), about].join('\n\n'))
}
