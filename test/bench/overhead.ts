import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { provideProcessor, startWorker } from '../accuracy/processors.ts'
import { environmentOf } from '../accuracy/report.ts'
import { fenced, writeSection } from '../tools/markdown-section.ts'
import type { OverheadAnswer } from '../bench/overhead-worker.ts'

const USAGE = `Usage: npm run bench -- overhead [--json FILE] [--write FILE]

Times what a call costs the calling thread, from Node with Dawn on lavapipe: microseconds a call, medians of runs that take turns.
"stub" stands for a pass whose methods do nothing, which leaves the JavaScript of this library; the others include Dawn's own work.
Buffers that are "new to each other" come out of a pool of 100, in combinations that no call had before; their pass does nothing.
`

export async function main(words: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const
  let values
  try {
    ;({ values } = parseArgs({ args: [...words], options: { json: text, write: text, help: { type: 'boolean' } } }))
  } catch (error) {
    process.stderr.write(`${(error as Error).message}. See npm run bench -- overhead --help\n`)
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
      worker.stop()
      return 1
    }
    const width = Math.max(...answer.costs.map(({ name }) => name.length))
    const lines = answer.costs.map(({ name, microseconds, p95 }) => {
      const [median, high] = [microseconds, p95].map(value => value.toFixed(2).padStart(8))
      return `${name.padEnd(width)} ${median} µs, 95 % below ${high}`
    })
    const environment = { ...environmentOf(['overhead', ...words], 'bench'), adapter: answer.adapter }
    const { when, machine, library, node, command } = environment
    const about = `${when.slice(0, 10)}, webgpu-activations ${library}, ${answer.adapter}, Node ${node}, ${machine}: ${command}`
    process.stdout.write(`${lines.join('\n')}\n\n${about}\n`)
    if (values.write !== undefined) await writeSection(values.write, 'overhead', fenced(lines, about))
    if (values.json !== undefined)
      writeFileSync(values.json, `${JSON.stringify({ environment, costs: answer.costs })}\n`)
  }
  return 0
}
