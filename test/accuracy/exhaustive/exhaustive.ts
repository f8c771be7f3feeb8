import { availableParallelism } from 'node:os'
import { formatWhole } from '../../../demo/support/format.ts'
import type { Direction } from '../../../src/index.ts'
import { readCommit } from '../../tools/git.ts'
import { writeSection } from '../../tools/markdown-section.ts'
import { ProgressLine } from '../../tools/progress.ts'
import { describeLargest, describeResult, formatDuration } from '../format.ts'
import { type Found, type Processor, provideProcessor, startWorker, type Worker } from '../processors.ts'
import { idOf, type Subject } from '../subjects.ts'
import { NO_ERRORS, together } from '../survey.ts'
import { addStates, nameOf, readStates, type SweepState } from './state.ts'
import { CHUNK, CHUNKS } from './sweep.ts'
import { sectionOf } from './table.ts'
import type { Answer, Question } from './worker.ts'

/** The sweeps to run, and the file of their states. */
export interface ExhaustiveOptions {
  readonly subjects: readonly Subject[]
  readonly directions: readonly Direction[]
  readonly processors: readonly Processor[]
  readonly state: string
  /** Begins sweeps anew that are there. */
  readonly restart: boolean
  /** Runs nothing, and writes the table. */
  readonly table: boolean
  /** The Markdown file whose section 'exhaustive' gets the table. */
  readonly write: string | undefined
  /** True where the processors were named: a missing processor is a failure then. */
  readonly named: boolean
}

/** One activation in one direction, on processors that share its truth. */
export interface Sweeps {
  readonly subject: Subject
  readonly direction: Direction
  readonly processors: readonly Processor[]
}

/** Evaluates activations at all float32, as many sweeps at a time as there are cores. @returns the exit status */
export async function runExhaustive(options: ExhaustiveOptions): Promise<number> {
  const progress = new ProgressLine(process.stderr)
  const failed = options.table ? false : await runAll(options, progress)
  const section = sectionOf(options.subjects, options.directions, readStates(options.state))
  if (options.table) process.stdout.write(`${section}\n`)
  if (options.write !== undefined) await writeSection(options.write, 'exhaustive', section)
  return failed ? 1 : 0
}

async function runAll(options: ExhaustiveOptions, progress: ProgressLine): Promise<boolean> {
  const found = new Map<Processor, Found>()
  for (const processor of options.processors) found.set(processor, await provideProcessor(processor))
  const processors = options.processors.filter(processor => 'environment' in found.get(processor)!)
  const missing = options.processors.filter(processor => !processors.includes(processor))
  for (const processor of missing) {
    progress.line(`${processor} is missing: ${(found.get(processor) as { missing: string }).missing}`)
  }
  let failed = processors.length === 0 || (missing.length > 0 && options.named)
  const waiting = options.subjects.flatMap(subject =>
    options.directions.map(direction => ({ subject, direction, processors })),
  )
  const runNext = async (): Promise<void> => {
    for (let sweeps = waiting.shift(); sweeps !== undefined; sweeps = waiting.shift()) {
      const { subject, direction } = sweeps
      try {
        const worker = startWorker<Question, Answer>('./exhaustive/worker.ts', environmentOf(found))
        for (const [name, state] of await runSweeps(sweeps, worker, options, progress)) {
          process.stdout.write(`${conclusion(name, state)}\n`)
          failed ||= state.errors.outOfBounds > 0
        }
      } catch (error) {
        progress.line(`${idOf(subject)} ${direction}: ${error instanceof Error ? error.message : String(error)}`)
        failed = true
      }
    }
  }
  // The reference, on one core, takes most of the time.
  await Promise.all(Array.from({ length: availableParallelism() }, runNext))
  progress.clear()
  return failed
}

/** The environment that has the drivers of all processors. */
function environmentOf(found: ReadonlyMap<Processor, Found>): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const one of found.values()) {
    for (const [name, value] of Object.entries('environment' in one ? one.environment : {})) {
      environment[name] = environment[name] === undefined ? value : `${environment[name]}:${value}`
    }
  }
  return environment
}

function conclusion(name: string, { errors, description, when, commit }: SweepState): string {
  const lines = [
    `${name} (${description}): ${formatWhole(errors.elements)} inputs, largest error ${describeLargest(errors)}, ` +
      `${formatWhole(errors.outOfBounds)} out of bounds, ${formatWhole(errors.flushed)} flushed, ` +
      `${formatWhole(errors.different)} not the reference's bits; ${commit}, ${when}`,
    ...errors.examples.map(example => `  ✗ ${describeResult(example)}`),
  ]
  return lines.join('\n')
}

/**
 * Runs sweeps to their end, each from the chunk at which it stopped. Saves their states after every chunk.
 *
 * @param worker a process that has just been started for them
 * @throws Error when the process fails
 */
export async function runSweeps(
  sweeps: Sweeps,
  worker: Worker<Question, Answer>,
  options: Pick<ExhaustiveOptions, 'state' | 'restart'>,
  progress: Pick<ProgressLine, 'line' | 'update'>,
): Promise<ReadonlyMap<string, SweepState>> {
  const { subject, direction, processors } = sweeps
  const states = new Map<Processor, SweepState>()
  const named = () => new Map(processors.map(processor => [nameOf(sweeps, processor), states.get(processor)!]))
  const pace = new Pace()
  try {
    worker.ask({ subject, direction, processors })
    for await (const answer of worker.answers()) {
      if ('problem' in answer) throw new Error(answer.problem)
      if ('opened' in answer) {
        const earlier = options.restart ? new Map<string, SweepState>() : readStates(options.state)
        for (const [i, processor] of processors.entries()) {
          const name = nameOf(sweeps, processor)
          states.set(processor, stateFor(answer.opened[i]!, earlier.get(name), name, options, progress))
        }
        const left = [...states].filter(([, { next }]) => next < CHUNKS)
        if (left.length === 0) return named()
        worker.ask({ from: Object.fromEntries(left.map(([processor, { next }]) => [processor, next])) })
        continue
      }
      const { chunk } = answer
      const when = new Date().toISOString()
      for (const [processor, errors] of answer.errors) {
        const state = states.get(processor)
        if (state?.next !== chunk) throw new Error('its process lost count')
        states.set(processor, { ...state, next: chunk + 1, errors: together(state.errors, errors), when })
      }
      addStates(options.state, named())
      const text = `${idOf(subject)} ${direction}: ${percentOf(chunk + 1)}, ${pace.after(chunk)}`
      progress.update(text)
      if ((chunk + 1) % REPORT_EVERY === 0 && !process.stderr.isTTY) progress.line(text)
      if (chunk + 1 === CHUNKS) return named()
    }
  } finally {
    worker.stop()
  }
  throw new Error('its process ended early')
}

function stateFor(
  opened: Pick<SweepState, 'fingerprint' | 'description'>,
  earlier: SweepState | undefined,
  name: string,
  { state: file, restart }: Pick<ExhaustiveOptions, 'state' | 'restart'>,
  progress: Pick<ProgressLine, 'line'>,
): SweepState {
  const fresh = { ...opened, next: 0, errors: NO_ERRORS, commit: readCommit(['src', 'shaders']), when: '' }
  if (restart || earlier === undefined) return fresh
  if (earlier.fingerprint !== fresh.fingerprint || earlier.description !== fresh.description) {
    progress.line(`${name} begins anew: the code or the driver is not what it was (${file})`)
    return fresh
  }
  if (earlier.next < CHUNKS) progress.line(`${name} goes on at ${percentOf(earlier.next)} (${file})`)
  return earlier
}

const REPORT_EVERY = CHUNKS / 16

function percentOf(chunks: number): string {
  return `${((100 * chunks) / CHUNKS).toFixed(1)} %`
}

/** The pace of a run, from its first chunk on. */
class Pace {
  readonly #began = performance.now()
  #first: number | undefined

  after(chunk: number): string {
    this.#first ??= chunk
    const perChunk = (performance.now() - this.#began) / (chunk + 1 - this.#first)
    const left = formatDuration(perChunk * (CHUNKS - chunk - 1))
    return `${(CHUNK / perChunk / 1000).toFixed(1)} M/s, ${left} left`
  }
}
