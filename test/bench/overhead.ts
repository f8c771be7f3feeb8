import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { provideProcessor, startWorker } from '../accuracy/processors.ts'
import { environmentOf } from '../accuracy/report.ts'
import type { OverheadAnswer } from '../bench/overhead-worker.ts'

const USAGE = `Usage: npm run bench -- [--json FILE]

Times what a call costs the calling thread, from Node with Dawn on lavapipe: microseconds a call, medians. "stub" stands for a pass
whose methods do nothing, which leaves the JavaScript of this library; the others include Dawn's own work.
`

const words = process.argv.slice(2)
process.exitCode = await main()

async function main(): Promise<number> {
  const text = { type: 'string' } as const
  let values
  try {
    ;({ values } = parseArgs({ args: words, options: { json: text, help: { type: 'boolean' } } }))
  } catch (error) {
    process.stderr.write(`${(error as Error).message}. See npm run bench -- --help\n`)
    return 2
  }
  if (values.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const found = await provideProcessor('lavapipe')
  if ('missing' in found) {
    process.stderr.write(`lavapipe is missing: ${found.missing}\n`)
    return 1
  }
  const worker = startWorker<Record<string, never>, OverheadAnswer>('../bench/overhead-worker.ts', found.environment)
  worker.ask({})
  for await (const answer of worker.answers()) {
    if ('problem' in answer) {
      process.stderr.write(`${answer.problem}\n`)
      return 1
    }
    const width = Math.max(...answer.costs.map(({ name }) => name.length))
    for (const { name, microseconds, p99 } of answer.costs) {
      const [median, high] = [microseconds, p99].map(value => value.toFixed(2).padStart(8))
      process.stdout.write(`${name.padEnd(width)} ${median} µs, 99 % below ${high}\n`)
    }
    const environment = { ...environmentOf(words, 'bench'), adapter: answer.adapter }
    const { when, machine, library, node, command } = environment
    process.stdout.write(
      `\n${when.slice(0, 10)}, webgpu-activations ${library}, ${answer.adapter}, Node ${node}, ${machine}: ${command}\n`,
    )
    if (values.json !== undefined)
      writeFileSync(values.json, `${JSON.stringify({ environment, costs: answer.costs })}\n`)
  }
  return 0
}
