import { parseArgs } from 'node:util'
import type { GpuProcessor } from '../accuracy/processors.ts'
import { environmentOf } from '../accuracy/report.ts'
import { UsageError } from '../tools/command-line.ts'
import { hasSection, writeSection } from '../tools/markdown-section.ts'
import { measureApart } from './rows.ts'
import { OPERATION_NAMES } from './tensorflow-operations.ts'
import type { Question, Row } from './tensorflow-worker.ts'

const USAGE = `Usage: npm run bench -- tensorflow [options]

Times activations under TensorFlow.js's WebGPU backend, from Node with Dawn, with the kernels of useActivations and with its own:
medians of forward and gradient, the two taking turns, from the call until the GPU is done. It counts dispatches too.

  --processor NAME   swiftshader (default), lavapipe, or gpu: this machine's own
  --operations LIST  such as relu,prelu (default: all)
  --elements N       elements of a tensor (default 4194304)
  --runs N           timed runs of each (default 15)
  --write FILE       writes the table into a Markdown file, such as docs/tensorflow.md
  --help             prints this
`

/** @returns the exit status. @throws UsageError */
export async function main(words: readonly string[]): Promise<number> {
  const { help, write, question } = readWords(words)
  if (help) {
    process.stdout.write(USAGE)
    return 0
  }
  const measured = await measureApart<Row>('../bench/tensorflow-worker.ts', question)
  if (measured === undefined) return 1
  const { adapter, rows } = measured
  const { when, machine, library, command } = environmentOf(['tensorflow', ...words], 'bench')
  const how = `Forward and gradient of ${question.elements} elements, medians of ${question.runs} in ms`
  const about = `${how}. ${when.slice(0, 10)}, webgpu-activations ${library}, ${adapter}, ${machine}: ${command}`
  const text = `${tableOf(rows)}\n\n${about}`
  process.stdout.write(`${text}\n`)
  if (write !== undefined) await writeSection(write, 'tensorflow', text)
  return 0
}

function readWords(words: readonly string[]) {
  const text = { type: 'string' } as const
  const options = {
    processor: text,
    operations: text,
    elements: text,
    runs: text,
    write: text,
    help: { type: 'boolean' },
  } as const
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values']
  try {
    ;({ values } = parseArgs({ args: [...words], options }))
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const { processor = 'swiftshader', elements = String(4 * 2 ** 20), runs = '15', write, help = false } = values
  if (!['swiftshader', 'lavapipe', 'gpu'].includes(processor)) {
    throw new UsageError(`--processor ${JSON.stringify(processor)}: there is swiftshader, lavapipe, gpu.`)
  }
  for (const [name, value] of Object.entries({ elements, runs })) {
    if (!/^[1-9]\d{0,8}$/.test(value)) throw new UsageError(`--${name} ${JSON.stringify(value)}: a number is needed.`)
  }
  if (write !== undefined && !hasSection(write, 'tensorflow')) {
    throw new UsageError(`--write ${write}: a Markdown file with <!-- begin tensorflow --> is needed.`)
  }
  const operations = values.operations?.split(',')
  const unknown = operations?.find(name => !OPERATION_NAMES.includes(name))
  if (unknown !== undefined) {
    throw new UsageError(`--operations ${JSON.stringify(unknown)}: there is ${OPERATION_NAMES.join(', ')}.`)
  }
  const question: Question = {
    operations: operations ?? OPERATION_NAMES,
    processor: processor as GpuProcessor,
    elements: Number(elements),
    runs: Number(runs),
  }
  return { help, write, question }
}

function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(({ name, dispatches, milliseconds: [theirs, ours] }) => {
    const times = `${(theirs / ours).toFixed(1)} ×`
    return `| ${[name, ...dispatches, theirs.toPrecision(3), ours.toPrecision(3), times].join(' | ')} |`
  })
  return [
    '| | dispatches, theirs | ours | time, theirs | ours | as fast |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
  ].join('\n')
}
