import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { summarize } from '../../demo/measure/timing.ts'
import { formatElements, formatMeasured } from '../../demo/support/format.ts'
import { normal, uniform } from '../../demo/support/random.ts'
import { createDispatcher, type Dispatcher } from '../../src/index.ts'
import { environmentOf } from '../accuracy/report.ts'
import { activationOf, readId } from '../accuracy/subjects.ts'
import { UsageError } from '../tools/command-line.ts'
import { hasSection, writeSection } from '../tools/markdown-section.ts'
import { readElements } from './options.ts'

const USAGE = `Usage: npm run bench -- threads [options]

Times the CPU on several threads against one, from Node, in turns: medians in milliseconds, into a new array and into an array of
the caller.

  --threads N          from 2 to 16 (default: one for each core, at most 16)
  --activations LIST   of one tensor (default relu,sigmoid,tanh,gelu)
  --elements N         such as 16Mi, the default
  --runs N             timed runs of each (default 15)
  --write FILE         writes a table into a Markdown file, such as docs/speed.md
  --help               prints this
`

type Arrays = Record<'x' | 'dy' | 'out', Float32Array<ArrayBuffer>>

/** A call to time, on one thread and on several. */
interface Call {
  readonly name: string
  readonly run: (dispatcher: Dispatcher) => Promise<unknown>
}

/** Times calls on one thread and on several. @returns the exit status. @throws UsageError */
export async function main(words: readonly string[]): Promise<number> {
  const { threads, activations, length, runs, write, help } = readOptions(words)
  if (help) {
    process.stdout.write(USAGE)
    return 0
  }
  const next = normal(uniform(1))
  const [x, dy] = [0, 1].map(() => Float32Array.from({ length }, next)) as [Arrays['x'], Arrays['dy']]
  const calls = activations.flatMap(name => callsOf(name, { x, dy, out: new Float32Array(length) }))
  const one = await createDispatcher({ processor: 'cpu' })
  const several = await createDispatcher({ processor: 'cpu', worker: threads })
  try {
    const { cpu } = several.report
    if (cpu.threads !== threads) {
      process.stderr.write(`${threads} threads are wanted, ${cpu.threads} compute: ${cpu.reason}\n`)
      return 1
    }
    const cells = [
      `from ${formatElements(length)} elements`,
      'one thread, ms',
      `${threads} threads, ms`,
      'times as fast',
    ]
    const lines = [cells, cells.map((_, i) => (i === 0 ? '---' : '---:'))]
    for (const call of calls) {
      const times = await timeInTurns(call, [one, several], runs)
      const [alone, shared] = times.map(milliseconds => summarize(milliseconds).medianMs) as [number, number]
      lines.push([call.name, formatMeasured(alone), formatMeasured(shared), (alone / shared).toFixed(2)])
    }
    const { when, machine, library, node, command } = environmentOf(['threads', ...words], 'bench')
    const about = `${when.slice(0, 10)}, webgpu-activations ${library}, Node ${node}, ${machine}, medians of ${runs} runs: ${command}`
    const text = `${lines.map(line => `| ${line.join(' | ')} |`).join('\n')}\n\n${about}`
    process.stdout.write(`${text}\n`)
    if (write !== undefined) await writeSection(write, 'threads', text)
    return 0
  } finally {
    one.destroy()
    several.destroy()
  }
}

function callsOf(name: string, { x, dy, out }: Arrays): Call[] {
  const activation = activationOf(readId(name))
  return [
    { name: `${name} forward, new array`, run: dispatcher => dispatcher.forward(activation, x) },
    { name: `${name} forward, \`{ out }\``, run: dispatcher => dispatcher.forward(activation, x, { out }) },
    { name: `${name} backward, \`{ out }\``, run: dispatcher => dispatcher.backward(activation, x, dy, { out }) },
  ]
}

/** The milliseconds of each run, by dispatcher. The first run of each compiles, and is not kept. */
async function timeInTurns({ run }: Call, dispatchers: readonly Dispatcher[], runs: number): Promise<number[][]> {
  const times = dispatchers.map((): number[] => [])
  for (let turn = 0; turn <= runs; turn++) {
    for (const [i, dispatcher] of dispatchers.entries()) {
      const start = performance.now()
      await run(dispatcher)
      if (turn > 0) times[i]!.push(performance.now() - start)
    }
  }
  return times
}

function readOptions(words: readonly string[]) {
  const text = { type: 'string' } as const
  let values
  try {
    const options = { threads: text, activations: text, elements: text, runs: text, write: text }
    ;({ values } = parseArgs({ args: [...words], options: { ...options, help: { type: 'boolean' } } }))
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const threads = Number(values.threads ?? Math.min(16, availableParallelism()))
  if (!(Number.isInteger(threads) && threads >= 2 && threads <= 16)) {
    throw new UsageError(`--threads ${threads}: a number from 2 to 16 is needed.`)
  }
  const length = readElements(values.elements ?? '16Mi')
  if (length === undefined) throw new UsageError(`--elements ${values.elements}: a number such as 16Mi is needed.`)
  const runs = Number(values.runs ?? 15)
  if (!(Number.isInteger(runs) && runs > 0)) throw new UsageError(`--runs ${values.runs}: a whole number is needed.`)
  const activations = (values.activations ?? 'relu,sigmoid,tanh,gelu').split(',').map(name => name.trim())
  for (const name of activations) {
    try {
      activationOf(readId(name))
    } catch (error) {
      throw new UsageError(`--activations ${name}: ${(error as Error).message}`)
    }
  }
  if (values.write !== undefined && !hasSection(values.write, 'threads')) {
    throw new UsageError(`--write ${values.write}: a Markdown file with <!-- begin threads --> is needed.`)
  }
  return { threads, activations, length, runs, write: values.write, help: values.help === true }
}
