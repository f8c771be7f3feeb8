import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { type Environment, environmentOf } from '../accuracy/report.ts'
import { runCommandLine } from '../tools/command-line.ts'
import { type AmdCompilers, findAmdCompilers } from '../tools/lanes/drivers.ts'
import { provideAmdCompilers } from '../tools/lanes/mesa.ts'
import { writeSection } from '../tools/markdown-section.ts'
import { ProgressLine } from '../tools/progress.ts'
import { CHIPS } from './chips.ts'
import { type Compiled, compileFor, type Row } from './compile.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { jsonOf, NOT_EXECUTED, readJson, sectionOf, summaryOf, textOf } from './report.ts'

// npm run isa: what AMD's compilers make of kernels.

await runCommandLine('isa', USAGE, readOptions, async (options, words) => {
  if (options.from !== undefined) {
    const { environment, rows } = readJson(readFileSync(options.from, 'utf8'))
    await write(options, environment, rows)
    return 0
  }
  const problem = await provideAmdCompilers()
  const compilers = findAmdCompilers()
  if (compilers === undefined) {
    process.stderr.write(`No Mesa for AMD's GPUs: ${problem ?? "install Mesa's Vulkan drivers and mesa-drm-shim"}\n`)
    return 1
  }
  try {
    const { driver, rows } = await compileAll(compilers, options, words)
    await write(options, { ...environmentOf(words, 'isa'), driver }, rows)
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

async function write({ write: file }: Options, environment: Environment & { driver: string }, rows: readonly Row[]) {
  process.stdout.write(`${[textOf(rows), '', ...summaryOf(rows), NOT_EXECUTED].join('\n')}\n`)
  if (file !== undefined) await writeSection(file, 'isa', sectionOf(environment, rows))
}
