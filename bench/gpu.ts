import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { PROCESSORS, type Processor, provideProcessor, startWorker } from '../accuracy/processors.ts'
import { environmentOf } from '../accuracy/report.ts'
import { allSubjects, make, readId, type Subject } from '../accuracy/subjects.ts'
import { formatElements, formatMeasured } from '../demo/format.ts'
import { UsageError } from '../demo/headless/options.ts'
import { readSize } from '../demo/state.ts'
import type { Answer, Question, Timing } from './worker.ts'

const USAGE = `Usage: npm run bench:gpu -- [options]

Times the kernels of every activation from Node, with Dawn, on data that is on the GPU already: medians of a whole submission
in milliseconds, all kernels taking turns, and relative to a plain copy and to relu in the same run.

  --processor NAME     lavapipe (default), swiftshader, or gpu: this machine's own
  --activations LIST   such as relu,gelu,elu-alpha=0.5 (default: all); relu comes along
  --elements N         such as 1Mi (default 16Mi)
  --runs N             timed runs of each kernel (default 31)
  --markdown           prints Markdown
  --json FILE          writes the figures there
  --help               prints this
`

process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  try {
    return await run(words)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message} See npm run bench:gpu -- --help\n`)
    return 2
  }
}

async function run(words: readonly string[]): Promise<number> {
  const { processor, question, json, markdown, help } = readOptions(words)
  if (help) {
    process.stdout.write(USAGE)
    return 0
  }
  const found = await provideProcessor(processor)
  if ('missing' in found) {
    process.stderr.write(`${processor} is missing: ${found.missing}\n`)
    return 1
  }
  const worker = startWorker<Question, Answer>('../bench/worker.ts', found.environment)
  worker.ask(question)
  for await (const answer of worker.answers()) {
    if ('problem' in answer) {
      process.stderr.write(`${answer.problem}\n`)
      return 1
    }
    const environment = { ...environmentOf(words, 'bench:gpu'), adapter: answer.description }
    process.stdout.write(`${tableOf(answer.timings, markdown)}\n\n`)
    const { when, machine, library, command, adapter } = environment
    process.stdout.write(
      `${formatElements(question.elements)} float32, medians of ${question.runs}. ${when.slice(0, 10)}, webgpu-activations ${library}, ${adapter}, ${machine}: ${command}\n`,
    )
    if (json !== undefined)
      writeFileSync(json, `${JSON.stringify({ environment, question, timings: answer.timings })}\n`)
  }
  return 0
}

/** A line an activation: forward and backward in milliseconds, relative to a copy, and relative to relu. */
function tableOf(timings: readonly Timing[], markdown: boolean): string {
  const copy = timings.find(({ name }) => name === 'copy')!
  const timeOf = (name: string, direction: string): number | undefined =>
    timings.find(timing => timing.name === name && timing.direction === direction)?.medianMs
  const header = ['activation', 'forward ms', '× copy', '× relu', 'backward ms', '× copy', '× relu']
  const lines = [...new Set(timings.map(({ name }) => name))].map(name => [
    name,
    ...(['forward', 'backward'] as const).flatMap(direction => {
      const time = timeOf(name, direction)
      const relu = timeOf('relu', direction)
      if (time === undefined) return ['', '', '']
      const toRelu = relu === undefined || name === 'copy' ? '' : (time / relu).toFixed(2)
      return [formatMeasured(time), (time / copy.medianMs).toFixed(2), toRelu]
    }),
  ])
  const table = [header, ...lines]
  const widths = header.map((_, i) => Math.max(...table.map(cells => cells[i]!.length)))
  const padded = table.map(cells =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))),
  )
  if (!markdown) return padded.map(cells => cells.join('  ')).join('\n')
  padded.splice(
    1,
    0,
    widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)),
  )
  return padded.map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

function readOptions(words: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const options = {
    processor: text,
    activations: text,
    elements: text,
    runs: text,
    json: text,
    markdown: flag,
    help: flag,
  }
  const values = parse()
  const refuse = (name: keyof typeof values, rule: string): never => {
    throw new UsageError(`--${name} ${JSON.stringify(values[name])}: ${rule}.`)
  }
  const { processor = 'lavapipe', elements = '16Mi', runs = '31', json, markdown = false, help = false } = values
  const names: readonly string[] = PROCESSORS.filter(name => name !== 'cpu')
  if (!names.includes(processor)) refuse('processor', `there is ${names.join(', ')}`)
  const size = readSize(elements)
  if (size === undefined || size % 4 !== 0) refuse('elements', 'a multiple of 4, such as 16Mi, is needed')
  if (!/^[1-9]\d{0,3}$/.test(runs)) refuse('runs', 'a number from 1 to 9999 is needed')
  const question: Question = {
    processor: processor as Question['processor'],
    subjects: subjectsOf(values.activations),
    elements: size!,
    runs: Number(runs),
  }
  return { processor: processor as Processor, question, json, markdown, help }

  function parse() {
    try {
      return parseArgs({ args: [...words], options }).values
    } catch (error) {
      throw new UsageError((error as Error).message)
    }
  }
}

function subjectsOf(text: string | undefined): Subject[] {
  if (text === undefined) return allSubjects([readId('gelu-approximate=tanh')])
  const subjects = text.split(',').map(word => readId(word.trim()))
  for (const subject of subjects) {
    try {
      make(subject)
    } catch (error) {
      throw new UsageError(`--activations ${JSON.stringify(subject.name)}: ${(error as Error).message}`)
    }
  }
  return subjects.some(({ name }) => name === 'relu') ? subjects : [readId('relu'), ...subjects]
}
