import { parseArgs } from 'node:util'
import { type GpuProcessor, PROCESSOR_TITLES, provideProcessor, startWorker } from '../accuracy/processors.ts'
import { UsageError } from '../tools/command-line.ts'
import type { Answer, Tally } from './soak-run.ts'
import type { Question } from './soak-worker.ts'

const USAGE = `Usage: npm run faults -- --soak [options]

First makes 100,000 small calls without a fault, over which nothing may grow: neither the heap nor the buffers of the GPU. Then makes
calls at random, of every activation and format, up to 1,000 at a time, on several dispatchers, while steps fail, devices are lost, calls
are aborted and dispatchers are destroyed. Every result is compared with what is known without this library.

  --minutes N          how long the second part takes (default 10)
  --calls N            how many calls the first part makes (default 100000)
  --seed N             what is random (default: another one each time)
  --processor NAME     lavapipe, swiftshader or gpu (default: the first of them that is there)
  --help               prints this

Exit status: 0 when nothing was wrong, 1 when something was, 2 for a wrong option.
`
const USUAL: readonly GpuProcessor[] = ['lavapipe', 'swiftshader']
const MIB = 2 ** 20

/** Runs `npm run faults -- --soak`. @returns the exit status @throws UsageError */
export async function soak(words: readonly string[]): Promise<number> {
  const { processors, help, ...rest } = readOptions(words)
  if (help) {
    process.stdout.write(USAGE)
    return 0
  }
  for (const processor of processors) {
    const found = await provideProcessor(processor)
    if ('missing' in found) {
      process.stdout.write(`${PROCESSOR_TITLES[processor]} is missing: ${found.missing}\n`)
      continue
    }
    return soakOn(processor, found.environment, rest)
  }
  return 1
}

async function soakOn(
  processor: GpuProcessor,
  environment: Readonly<Record<string, string>>,
  question: Omit<Question, 'processor'>,
): Promise<number> {
  const worker = startWorker<Question, Answer>('../faults/soak-worker.ts', environment)
  worker.ask({ processor, ...question })
  let problems = 0
  for await (const answer of worker.answers()) {
    if ('problem' in answer) {
      problems++
      process.stdout.write(`✗ ${answer.problem}\n`)
    } else if ('description' in answer) {
      process.stdout.write(`${PROCESSOR_TITLES[processor]}: ${answer.description}, seed ${question.seed}\n`)
    } else if ('done' in answer) {
      worker.stop()
      process.stdout.write(summary(answer.done))
      return problems > 0 ? 1 : 0
    } else {
      const { tally, heap, seconds } = answer
      const { calls, faults, wrong } = tally
      const heapMiB = (heap / MIB).toFixed(0)
      process.stdout.write(
        `${seconds.toFixed(0).padStart(5)} s ${String(calls).padStart(8)} calls ${String(faults).padStart(6)} faults ` +
          `${wrong} wrong, heap ${heapMiB} MiB\n`,
      )
    }
  }
  process.stdout.write('✗ The process ended early.\n')
  return 1
}

function summary({ calls, right, faults, dispatchers, devices, rejected, wrong }: Tally): string {
  const codes = Object.entries(rejected).map(([code, count]) => `${code} ${count}`)
  return `
calls made: ${calls}, right: ${right}
rejected, typed: ${codes.join(', ') || 'none'}
dispatchers: ${dispatchers}, devices: ${devices}
faults injected: ${faults}
results wrong: ${wrong}
${wrong === 0 ? 'buffers alive at the end: 0\n' : ''}`
}

function readOptions(words: readonly string[]) {
  const text = { type: 'string' } as const
  let values
  try {
    const options = { minutes: text, calls: text, seed: text, processor: text, help: { type: 'boolean' } } as const
    values = parseArgs({ args: [...words], options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const numberOf = (name: 'minutes' | 'calls' | 'seed', usual: number): number => {
    const value = values[name] === undefined ? usual : Number(values[name].trim() || NaN)
    if (Number.isFinite(value) && value >= 0) return value
    throw new UsageError(`--${name} ${JSON.stringify(values[name])}: a number is needed, 0 or more.`)
  }
  const names = ['lavapipe', 'swiftshader', 'gpu'] as const
  const named = names.find(name => name === values.processor)
  if (values.processor !== undefined && named === undefined) {
    throw new UsageError(`--processor ${JSON.stringify(values.processor)}: there is ${names.join()}.`)
  }
  return {
    processors: named === undefined ? USUAL : [named],
    help: values.help ?? false,
    milliseconds: numberOf('minutes', 10) * 60_000,
    steadyCalls: Math.floor(numberOf('calls', 100_000)),
    seed: Math.floor(numberOf('seed', Math.random() * 2 ** 31)),
  }
}
