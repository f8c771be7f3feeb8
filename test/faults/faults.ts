import { parseArgs } from 'node:util'
import { type Processor, PROCESSOR_TITLES, PROCESSORS, provideProcessor, startWorker } from '../accuracy/processors.ts'
import { UsageError } from '../tools/command-line.ts'
import { soak } from './soak.ts'
import type { Answer, Cell, Question } from './worker.ts'

const USAGE = `Usage: npm run faults -- [options]

Prints the fault table: what becomes of calls when a step fails, each failure at each step on each processor, with every kind of
call. A result has to be right, or the call rejects with a typed error; nothing hangs, leaks or is left unhandled, and the next call
is right again.

  --processors LIST    any of cpu,lavapipe,swiftshader,gpu (default: the first three, as far as they are there)
  --step TEXT          only steps that have this in their name, such as mapAsync
  --soak               makes random calls and faults for 10 minutes instead; --soak --help has its options
  --help               prints this

Exit status: 0 when every line is as expected, 1 when one is not, or a processor that is named is missing, 2 for a wrong option.
`
const USUAL: readonly Processor[] = ['cpu', 'lavapipe', 'swiftshader']

process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  const soaks = words.includes('--soak')
  try {
    return soaks ? await soak(words.filter(word => word !== '--soak')) : await run(words)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message} See npm run faults -- ${soaks ? '--soak ' : ''}--help\n`)
    return 2
  }
}

async function run(words: readonly string[]): Promise<number> {
  const { processors, step, help } = readOptions(words)
  if (help) {
    process.stdout.write(USAGE)
    return 0
  }
  let calls = 0
  let wrong = 0
  for (const processor of processors ?? USUAL) {
    const found = await provideProcessor(processor)
    if ('missing' in found) {
      process.stdout.write(`${PROCESSOR_TITLES[processor]} is missing: ${found.missing}\n`)
      if (processors !== undefined) wrong++
      continue
    }
    const worker = startWorker<Question, Answer>('../faults/worker.ts', found.environment)
    worker.ask({ processor, step })
    let lines = Infinity
    for await (const answer of worker.answers()) {
      if ('done' in answer) break
      if ('problem' in answer) {
        wrong++
        process.stdout.write(`✗ ${answer.problem}\n`)
      } else if ('lines' in answer) {
        lines = answer.lines
        process.stdout.write(`\n${PROCESSOR_TITLES[processor]}: ${answer.description}\n`)
      } else {
        lines--
        calls += answer.cells.flatMap(({ verdicts }) => verdicts).length
        wrong += print(answer.title, answer.cells)
      }
    }
    worker.stop()
    if (lines === 0) continue
    wrong++
    process.stdout.write(`✗ ${lines} lines are missing\n`)
  }
  process.stdout.write(`\n${calls} calls with a fault, ${wrong} wrong\n`)
  return wrong > 0 || calls === 0 ? 1 : 0
}

/** Prints a line, and below it what is wrong; says how much that is. */
function print(title: readonly string[], cells: readonly Cell[]): number {
  const widths = [26, 32, 25]
  const name = title.map((word, i) => word.padEnd(widths[i]!)).join(' ')
  const outcomes = cells.map(({ processor, verdicts }) => {
    const found = [...new Set(verdicts.map(({ outcome }) => outcome))]
    return `${processor}: ${found.join(' / ')} (${verdicts.length})`.padEnd(36)
  })
  const problems = cells.flatMap(({ processor, verdicts }) =>
    verdicts.flatMap(verdict => verdict.problems.map(problem => `✗ ${processor}, ${verdict.trial}: ${problem}`)),
  )
  process.stdout.write(`${[`${name} ${outcomes.join(' ')}`.trimEnd(), ...problems].join('\n    ')}\n`)
  return problems.length
}

function readOptions(words: readonly string[]): {
  readonly processors: readonly Processor[] | undefined
  readonly step: string
  readonly help: boolean
} {
  const text = { type: 'string' } as const
  let values
  try {
    values = parseArgs({
      args: [...words],
      options: { processors: text, step: text, help: { type: 'boolean' } },
    }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const processors = values.processors?.split(',').map(word => {
    const found = PROCESSORS.find(processor => processor === word.trim())
    if (found === undefined)
      throw new UsageError(`--processors ${JSON.stringify(word)}: there is ${PROCESSORS.join()}.`)
    return found
  })
  return { processors, step: values.step ?? '', help: values.help ?? false }
}
