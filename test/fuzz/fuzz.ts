import { type Processor, PROCESSOR_TITLES, provideProcessor, startWorker } from '../accuracy/processors.ts'
import { runCommandLine } from '../tools/command-line.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import type { Answer, Question } from './worker.ts'

// Every public function with whatever there is, many times.

const SILENT_MS = 60_000

await runCommandLine('fuzz', USAGE, readOptions, main)

async function main(options: Options): Promise<number> {
  const found: { readonly processor: Processor; readonly environment: Readonly<Record<string, string>> }[] = []
  for (const processor of options.processors) {
    const provided = await provideProcessor(processor)
    if (!('missing' in provided)) found.push({ processor, ...provided })
    else process.stderr.write(`Without ${PROCESSOR_TITLES[processor]}: ${provided.missing}\n`)
  }
  let isRight = found.length === options.processors.length || !options.named
  process.stdout.write(`Seed ${options.seed}\n\n${row('', ['cases', 'right', 'refused', 'aborted', 'seconds'])}`)
  let cases = 0
  const others = found.filter(({ processor }) => processor !== 'cpu').length
  for (const { processor, environment } of found) {
    const part = others === 0 || others === found.length ? 1 / found.length : processor === 'cpu' ? 0.9 : 0.1 / others
    const question = { ...options, processor, cases: Math.ceil(options.cases * part) }
    const came = await hold(question, environment)
    cases += came.cases
    isRight &&= came.isRight
  }
  isRight &&= cases > 0
  process.stdout.write(
    `\n${cases} cases, ${isRight ? 'each a right answer or a typed error' : 'NOT ALL AS THEY HAVE TO BE'}\n`,
  )
  return isRight ? 0 : 1
}

/** Asks a process of its own, and prints what it answers. */
async function hold(
  question: Question,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly cases: number; readonly isRight: boolean }> {
  const title = PROCESSOR_TITLES[question.processor]
  const worker = startWorker<Question, Answer>('../fuzz/worker.ts', environment)
  const { processor, cases: wanted, seed, property, trace } = question
  worker.ask({ processor, cases: wanted, seed, property, trace })
  let [cases, isRight, isWhole, last] = [0, true, false, 'before the first case']
  // What keeps a process busy for ever does not say so itself.
  const silent = setTimeout(() => {
    process.stdout.write(
      `\nIt hangs: nothing from ${title} for ${SILENT_MS / 1000} s, ${last}. --trace shows the case.\n`,
    )
    isRight = false
    worker.stop()
  }, SILENT_MS)
  try {
    for await (const answer of worker.answers()) {
      silent.refresh()
      if (answer.kind === 'case') {
        last = `${answer.property}, seed ${seed}, after case ${answer.number}`
        if (trace) process.stderr.write(`${answer.property}: ${answer.shown}\n`)
        continue
      }
      if (answer.kind === 'end') {
        isWhole = true
        continue
      }
      const { outcomes, seconds, failure } = answer
      const made = outcomes.right + outcomes.refused + outcomes.aborted
      cases += made
      const figures = [made, outcomes.right, outcomes.refused, outcomes.aborted].map(String)
      process.stdout.write(row(`${title}: ${answer.property}`, [...figures, seconds.toFixed(1)]))
      if (failure === undefined) continue
      process.stdout.write(`\n${failure}\n\n`)
      isRight = false
    }
  } catch (error) {
    process.stdout.write(`\n${title}, ${last}: ${(error as Error).message}\n`)
    isRight = false
  } finally {
    clearTimeout(silent)
  }
  return { cases, isRight: isRight && isWhole }
}

function row(name: string, figures: readonly string[]): string {
  return `${name.padEnd(56)}${figures.map(figure => figure.padStart(9)).join('')}\n`
}
