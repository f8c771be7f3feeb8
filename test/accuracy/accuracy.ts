import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { writeSection } from '../tools/markdown-section.ts'
import { runCommandLine } from '../tools/command-line.ts'
import { ProgressLine } from '../tools/progress.ts'
import type { Row } from './measure.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { ENGINE_TITLES } from './engines/names.ts'
import { TITLES } from './peers/names.ts'
import { type Processor, PROCESSOR_TITLES, provideProcessor, startWorker } from './processors.ts'
import { describeFailure, environmentOf, exitStatus, failures, jsonReport } from './report.ts'
import { allSubjects, idOf, type Subject } from './subjects.ts'
import { type Column, legend, markdownTable, textTable } from './table.ts'
import type { Answer, Question } from './worker.ts'

const VECTORS = fileURLToPath(new URL('../conformance', import.meta.url))

await runCommandLine('accuracy', USAGE, readOptions, main)

async function main(options: Options, words: readonly string[]): Promise<number> {
  const { exhaustive, functions } = options
  if (functions) {
    const { printFunctions } = await import('./functions/functions.ts')
    return printFunctions(options.processors)
  }
  if (exhaustive === undefined) return printTable(options, words)
  const { runExhaustive } = await import('./exhaustive/exhaustive.ts')
  return runExhaustive({ ...options, subjects: exhaustive })
}

async function printTable(options: Options, words: readonly string[]): Promise<number> {
  const subjects = options.activations ?? allSubjects(subjectsOfVectors())
  const progress = new ProgressLine(process.stderr)
  const columns: Column[] = []
  const rows: Row[] = []
  for (const processor of options.processors) {
    columns.push(await measureProcessor(processor, subjects, options, rows, progress))
  }
  if (options.engines.length > 0) columns.push(...(await measureEngines(subjects, options, rows, progress)))
  if (options.peers.length > 0) columns.push(...(await measurePeers(subjects, options, rows, progress)))
  progress.clear()

  const environment = environmentOf(words)
  const { when, machine, library, command } = environment
  const about = `${when.slice(0, 10)}, webgpu-activations ${library}, ${machine}: ${command}`
  const [explanation, ...items] = [...legend(columns, rows), about]
  const markdown = [markdownTable(columns, rows), '', explanation, '', ...items.map(item => `- ${item}`)].join('\n')
  const text = [textTable(columns, rows), '', explanation, '', ...items].join('\n')
  process.stdout.write(`${options.markdown ? markdown : text}\n`)
  if (options.write !== undefined) await writeSection(options.write, 'accuracy', markdown)
  if (options.json !== undefined) writeFileSync(options.json, jsonReport(environment, columns, rows))

  for (const row of failures(columns, rows)) process.stderr.write(`${describeFailure(row)}\n`)
  return exitStatus(columns, rows, options.named)
}

/** The activations and parameters that the tests have true values of; prelu's are slopes a channel. */
function subjectsOfVectors(): Subject[] {
  const files = readdirSync(VECTORS).filter(name => /^(?!prelu-).*\.json$/.test(name))
  return files.map(name => {
    const vectors = JSON.parse(readFileSync(`${VECTORS}/${name}`, 'utf8')) as { activation: string } & Subject
    return { name: vectors.activation, parameters: vectors.parameters }
  })
}

async function measureProcessor(
  processor: Processor,
  subjects: readonly Subject[],
  { directions }: Options,
  rows: Row[],
  progress: ProgressLine,
): Promise<Column> {
  const column = { name: processor, title: PROCESSOR_TITLES[processor], isOurs: true }
  const found = await provideProcessor(processor)
  if ('missing' in found) {
    return { ...column, description: 'not measured', problem: `missing: ${found.missing}`, isMissing: true }
  }
  progress.line(`Measuring on ${column.title} ...`)
  const worker = startWorker<Question, Answer>('./worker.ts', found.environment)
  let description = 'not measured'
  try {
    worker.ask({ processor, subjects, directions })
    for await (const answer of worker.answers()) {
      if ('problem' in answer) throw new Error(answer.problem)
      if ('done' in answer) return { ...column, description }
      if ('description' in answer) ({ description } = answer)
      else {
        rows.push(...answer.rows)
        progress.update(`${processor}: ${answer.rows.map(({ subject }) => idOf(subject))[0] ?? ''}`)
      }
    }
    throw new Error('its process ended early')
  } catch (error) {
    return { ...column, description, problem: error instanceof Error ? error.message : String(error) }
  } finally {
    worker.stop()
  }
}

async function measureEngines(
  subjects: readonly Subject[],
  { engines, directions }: Options,
  rows: Row[],
  progress: ProgressLine,
): Promise<Column[]> {
  // Here, because Vite and Puppeteer take a second to load.
  const { measureEngine } = await import('./engines/engines.ts')
  const columns: Column[] = []
  for (const engine of engines) {
    const title = ENGINE_TITLES[engine]
    progress.line(`Measuring in ${title} ...`)
    const outcome = await measureEngine({ engine, subjects, directions }, ([row]) => {
      if (row !== undefined) progress.update(`${engine}: ${idOf(row.subject)}`)
    })
    rows.push(...outcome.rows)
    const { description, problem } = outcome
    columns.push({ name: engine, title, isOurs: true, description, problem })
  }
  return columns
}

async function measurePeers(
  subjects: readonly Subject[],
  { peers, adapter, directions }: Options,
  rows: Row[],
  progress: ProgressLine,
): Promise<Column[]> {
  const columns = peers.map(peer => ({ name: peer, title: TITLES[peer], isOurs: false }))
  try {
    // Here, because Vite and Playwright take a second to load.
    const { PeerLab } = await import('./peers/headless.ts')
    const lab = await PeerLab.open(adapter)
    try {
      const measured: Column[] = []
      for (const [i, peer] of peers.entries()) {
        progress.line(`Measuring ${columns[i]!.title} ...`)
        const outcome = await lab.measure({ peer, subjects, directions }, ([row]) => {
          if (row !== undefined) progress.update(`${peer}: ${idOf(row.subject)}`)
        })
        rows.push(...outcome.rows)
        const { description, problem } = outcome
        measured.push({ ...columns[i]!, description: `${description}, ${lab.description}`, problem })
      }
      return measured
    } finally {
      await lab.close()
    }
  } catch (error) {
    const problem = `missing: ${error instanceof Error ? error.message : String(error)}`
    return columns.map(column => ({ ...column, description: 'not measured', problem }))
  }
}
