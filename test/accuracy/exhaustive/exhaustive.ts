import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { formatWhole } from '../../../demo/support/format.ts'
import { ProgressLine } from '../../tools/progress.ts'
import type { Direction } from '../../../src/index.ts'
import { describeLargest, describeResult, formatDuration } from '../format.ts'
import { type Processor, provideProcessor, startWorker, type Worker } from '../processors.ts'
import { idOf, type Subject } from '../subjects.ts'

import { NO_ERRORS, together } from '../survey.ts'
import { fingerprintOfSources, readSweepState, type SweepState, writeSweepState } from './state.ts'
import { CHUNK, CHUNKS } from './sweep.ts'
import type { Answer, Question } from './worker.ts'

/** The sweeps to run, and the folder of their state. */
export interface ExhaustiveOptions {
  readonly subjects: readonly Subject[]
  readonly directions: readonly Direction[]
  readonly processors: readonly Processor[]
  readonly state: string
  /** Discards earlier states. */
  readonly restart: boolean
  /** True where the processors were named: a missing processor is a failure then. */
  readonly named: boolean
}

/** One activation, one direction, one processor. */
interface Sweep {
  readonly subject: Subject
  readonly direction: Direction
  readonly processor: Processor
}

/** Evaluates activations at all float32, on all processors in parallel. @returns the exit status */
export async function runExhaustive(options: ExhaustiveOptions): Promise<number> {
  const progress = new Progress()
  let failed = false
  const environments = new Map<Processor, Readonly<Record<string, string>>>()
  for (const processor of options.processors) {
    const found = await provideProcessor(processor)
    if ('environment' in found) environments.set(processor, found.environment)
    else {
      progress.line(`${processor} is missing: ${found.missing}`)
      failed ||= options.named
    }
  }
  for (const subject of options.subjects) {
    for (const direction of options.directions) {
      const sweeps = [...environments].map(async ([processor, environment]) => {
        const sweep = { subject, direction, processor }
        try {
          const worker = startWorker<Question, Answer>('./exhaustive/worker.ts', environment)
          const state = await runSweep(sweep, worker, options, progress)
          progress.done(sweep)
          process.stdout.write(`${conclusion(sweep, state)}\n`)
          failed ||= state.errors.outOfBounds > 0
        } catch (error) {
          progress.done(sweep)
          progress.line(`${nameOf(sweep)}: ${error instanceof Error ? error.message : String(error)}`)
          failed = true
        }
      })
      await Promise.all(sweeps)
    }
  }
  return failed || environments.size === 0 ? 1 : 0
}

function nameOf({ subject, direction, processor }: Sweep): string {
  return `${idOf(subject)} ${direction} on ${processor}`
}

function conclusion(sweep: Sweep, { errors, description, milliseconds, when }: SweepState): string {
  const lines = [
    `${nameOf(sweep)} (${description}): ${formatWhole(errors.elements)} inputs, largest error ${describeLargest(errors)}, ` +
      `${formatWhole(errors.outOfBounds)} out of bounds, ${formatWhole(errors.flushed)} flushed, ` +
      `${formatWhole(errors.different)} not the reference's bits; ${formatDuration(milliseconds)}, ${when}`,
    ...errors.examples.map(example => `  ✗ ${describeResult(example)}`),
  ]
  return lines.join('\n')
}

/**
 * Runs one sweep to its end, from the chunk at which the last one stopped. Saves its state after every chunk.
 *
 * @param worker a process that has just been started for it
 * @throws Error when the process fails
 */
export async function runSweep(
  sweep: Sweep,
  worker: Worker<Question, Answer>,
  options: Pick<ExhaustiveOptions, 'state' | 'restart'>,
  progress: Pick<Progress, 'line' | 'update'>,
): Promise<SweepState> {
  const file = join(options.state, `${idOf(sweep.subject)}-${sweep.direction}-${sweep.processor}.json`)
  const fingerprint = fingerprintOfSources()
  let state: SweepState | undefined
  let first = 0
  let began = 0
  try {
    worker.ask({ ...sweep })
    for await (const answer of worker.answers()) {
      if ('problem' in answer) throw new Error(answer.problem)
      if ('description' in answer) {
        const { description } = answer
        const fresh = { fingerprint, description, next: 0, errors: NO_ERRORS, milliseconds: 0, when: '' }
        state = (options.restart ? undefined : readSweepState(file, fresh)) ?? fresh
        first = state.next
        if (first === CHUNKS) return state
        if (first === 0 && !options.restart && existsSync(file)) {
          progress.line(`${nameOf(sweep)} begins anew: the code or the driver is not what it was (${file})`)
        }
        if (first > 0) progress.line(`${nameOf(sweep)} goes on at ${percentOf(first)} (${file})`)
        began = performance.now() - state.milliseconds
        worker.ask({ from: first })
        continue
      }
      if (state?.next !== answer.chunk) throw new Error('its process lost count')
      const milliseconds = performance.now() - began
      const errors = together(state.errors, answer.errors)
      state = { ...state, next: answer.chunk + 1, errors, milliseconds, when: new Date().toISOString() }
      writeSweepState(file, state)
      const perChunk = milliseconds / state.next
      const rate = `${(CHUNK / perChunk / 1000).toFixed(1)} M/s`
      const left = formatDuration(perChunk * (CHUNKS - state.next))
      progress.update(sweep, `${percentOf(state.next)}, ${rate}, ${left} left`, state.next % REPORT_EVERY === 0)
      if (state.next === CHUNKS) return state
    }
  } finally {
    worker.stop()
  }
  throw new Error('its process ended early')
}

const REPORT_EVERY = CHUNKS / 16

function percentOf(chunks: number): string {
  return `${((100 * chunks) / CHUNKS).toFixed(1)} %`
}

/** The progress of the sweeps of one activation and direction: one line in a terminal, elsewhere occasional lines. */
class Progress {
  readonly #line = new ProgressLine(process.stderr)
  readonly #standing = new Map<Processor, string>()

  update(sweep: Sweep, standing: string, worthALine: boolean): void {
    this.#standing.set(sweep.processor, standing)
    const { subject, direction } = sweep
    const all = [...this.#standing].map(([processor, text]) => `${processor} ${text}`)
    this.#line.update(`${idOf(subject)} ${direction}: ${all.join(' | ')}`)
    if (worthALine && !process.stderr.isTTY) this.#line.line(`${nameOf(sweep)}: ${standing}`)
  }

  done(sweep: Sweep): void {
    this.#standing.delete(sweep.processor)
    this.#line.clear()
  }

  line(text: string): void {
    this.#line.line(text)
  }
}
