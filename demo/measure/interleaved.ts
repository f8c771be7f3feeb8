import { uniform } from '../support/random.ts'
import { failedRow, type Row, type Subject, timedRow } from '../report/rows.ts'
import type { Finding } from './check.ts'
import { pause, Stopped } from '../support/pause.ts'
import { calibrate, summarize } from './timing.ts'

const WARM_UP_RUNS = 1
const SEED = 1

/** A row to be: what is measured in turn with others. */
export interface Contender {
  readonly subject: Subject
  /** How often a run may repeat what is short. */
  readonly mostRepeats: number
  /** Computes once, and tells whether the result is right. */
  check(): Promise<Finding>
  /** Computes so many times, and tells the milliseconds that all of them took. */
  time(repeats: number): Promise<number>
}

/** How to measure contenders, and whom to tell. */
export interface Course {
  readonly runs: number
  readonly step: (text: string) => void
  /** What to say of an error. */
  readonly explain: (error: unknown) => string
  readonly signal: AbortSignal
}

/**
 * Measures contenders side by side. All are checked first; then they take turns, run by run, in another order every time,
 * so that whatever else the machine does meets all of them alike. Whatever fails becomes a row that says so. @throws Stopped
 */
export async function takeTurns(contenders: readonly Contender[], course: Course): Promise<Row[]> {
  const { runs, step, signal } = course
  const rows = new Map<Contender, Row>()
  const running = new Map<Contender, { check: Finding['check']; repeats: number; milliseconds: number[] }>()

  const attempt = async (contender: Contender, work: () => Promise<void>): Promise<void> => {
    try {
      await pause(signal)
      await work()
    } catch (error) {
      if (error instanceof Stopped) throw error
      running.delete(contender)
      rows.set(contender, failedRow(contender.subject, course.explain(error)))
    }
  }

  for (const contender of contenders) {
    const { subject } = contender
    await attempt(contender, async () => {
      step(`checking ${nameOf(subject)}`)
      const { check, problem } = await contender.check()
      if (problem !== undefined) {
        rows.set(contender, failedRow(subject, problem, check))
        return
      }
      step(`warming up ${nameOf(subject)}`)
      const repeats = await calibrate(async count => {
        await pause(signal)
        return contender.time(count)
      }, contender.mostRepeats)
      running.set(contender, { check, repeats, milliseconds: [] })
    })
  }

  const next = uniform(SEED)
  for (let run = -WARM_UP_RUNS; run < runs; run++) {
    if (run >= 0) step(`timing ${running.size} in turn, run ${run + 1} of ${runs}`)
    for (const contender of shuffled([...running.keys()], next)) {
      await attempt(contender, async () => {
        const { repeats, milliseconds } = running.get(contender)!
        const elapsed = await contender.time(repeats)
        if (run >= 0) milliseconds.push(elapsed / repeats)
      })
    }
  }
  for (const [contender, { check, milliseconds }] of running) {
    rows.set(contender, timedRow(contender.subject, check, runs, summarize(milliseconds)))
  }
  return contenders.map(contender => rows.get(contender)!)
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
