import { uniform } from '../support/random.ts'
import { failedRow, type Row, type Subject, timedRow } from './rows.ts'
import type { Finding } from './check.ts'
import { pause, Stopped } from '../support/pause.ts'
import { calibrate, summarize } from './timing.ts'

const WARM_UP_RUNS = 1
const SEED = 1

/** A computation that is timed alternately with others, and becomes a row. */
export interface Candidate {
  readonly subject: Subject
  /** The most repetitions within one run. */
  readonly mostRepeats: number
  /** Computes once and checks the result. */
  check(): Promise<Finding>
  /** Computes `repeats` times and returns the milliseconds of all of them together. */
  time(repeats: number): Promise<number>
}

export interface InterleaveOptions {
  readonly runs: number
  /** Receives the current step, in words. */
  readonly step: (text: string) => void
  /** Words an error. */
  readonly explain: (error: unknown) => string
  readonly signal: AbortSignal
}

/**
 * Checks each candidate, then times all of them alternately, run by run, in a shuffled order, so that other load on the machine
 * affects all alike. Each failure becomes a row that states it. @throws Stopped
 */
export async function measureInterleaved(candidates: readonly Candidate[], options: InterleaveOptions): Promise<Row[]> {
  const { runs, step, signal } = options
  const rows = new Map<Candidate, Row>()
  const running = new Map<Candidate, { check: Finding['check']; repeats: number; milliseconds: number[] }>()

  const attempt = async (candidate: Candidate, work: () => Promise<void>): Promise<void> => {
    try {
      await pause(signal)
      await work()
    } catch (error) {
      if (error instanceof Stopped) throw error
      running.delete(candidate)
      rows.set(candidate, failedRow(candidate.subject, options.explain(error)))
    }
  }

  for (const candidate of candidates) {
    const { subject } = candidate
    await attempt(candidate, async () => {
      step(`checking ${nameOf(subject)}`)
      const { check, problem } = await candidate.check()
      if (problem !== undefined) {
        rows.set(candidate, failedRow(subject, problem, check))
        return
      }
      step(`warming up ${nameOf(subject)}`)
      const repeats = await calibrate(async count => {
        await pause(signal)
        return candidate.time(count)
      }, candidate.mostRepeats)
      running.set(candidate, { check, repeats, milliseconds: [] })
    })
  }

  const next = uniform(SEED)
  for (let run = -WARM_UP_RUNS; run < runs; run++) {
    if (run >= 0) step(`timing ${running.size} in turn, run ${run + 1} of ${runs}`)
    for (const candidate of shuffled([...running.keys()], next)) {
      await attempt(candidate, async () => {
        const { repeats, milliseconds } = running.get(candidate)!
        const elapsed = await candidate.time(repeats)
        if (run >= 0) milliseconds.push(elapsed / repeats)
      })
    }
  }
  for (const [candidate, { check, milliseconds }] of running) {
    rows.set(candidate, timedRow(candidate.subject, check, runs, summarize(milliseconds)))
  }
  return candidates.map(candidate => rows.get(candidate)!)
}

function nameOf({ library, activation, direction }: Subject): string {
  return `${library === 'webgpu-activations' ? '' : `${library} `}${activation} ${direction}`
}

function shuffled<Item>(items: Item[], next: () => number): Item[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(next() * (last + 1))
    ;[items[last], items[other]] = [items[other]!, items[last]!]
  }
  return items
}
