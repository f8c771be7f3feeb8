import type { Row, Subject } from '../../../measure/rows.ts'

// A run is repeated until it takes this long. Beside the timed runs there are one to warm up and some to calibrate.
const RUN_SECONDS = 0.02
const MORE_RUNS = 5
const SECONDS_PER_ROW = 0.02
// The reference in float64 and the comparison with it, in a worker.
const CHECK_SECONDS_PER_ELEMENT = 1.5e-7

/** Seconds that a task takes to be checked and timed, on a common machine. The pace of a run corrects them. */
export function expectedSeconds(subject: Subject, runs: number, isSoftware: boolean): number {
  const { elements, bytesPerElement } = subject
  const once = (elements * bytesPerElement) / rateOf(subject, isSoftware)
  const isChecked = subject.library !== 'copy'
  return (
    SECONDS_PER_ROW +
    (isChecked ? elements * CHECK_SECONDS_PER_ELEMENT : 0) +
    (runs + MORE_RUNS) * Math.max(RUN_SECONDS, once)
  )
}

/** Bytes a second, roughly. */
function rateOf({ processor, residency }: Subject, isSoftware: boolean): number {
  if (processor === 'cpu') return 3e9
  if (residency === 'roundtrip') return isSoftware ? 0.5e9 : 1e9
  return isSoftware ? 2e9 : 100e9
}

// So much evidence stands for what was expected: a first row alone does not turn the estimate round.
const PRIOR_SECONDS = 2

/** The time of rows here, relative to the estimate. */
export class Pace {
  #taken = PRIOR_SECONDS
  #expected = PRIOR_SECONDS

  /** Learns from rows that were measured. */
  learn(takenSeconds: number, expected: number): void {
    if (expected <= 0) return
    this.#taken += takenSeconds
    this.#expected += expected
  }

  /** The seconds that work will take here. */
  secondsFor(expected: number): number {
    return (expected * this.#taken) / this.#expected
  }
}

/** A duration in words: `3 s`, `40 s`, `2 min`, `1 h 20 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${Math.max(1, Math.round(seconds))} s`
  if (seconds < 90) return `${5 * Math.round(seconds / 5)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const rest = 10 * Math.round((minutes % 60) / 10)
  const hours = Math.floor(minutes / 60) + (rest === 60 ? 1 : 0)
  return rest % 60 === 0 ? `${hours} h` : `${hours} h ${rest} min`
}

/** The time that the rest of a run takes, corrected by the pace of what is done. Times are in seconds. */
export class Remaining {
  readonly #pace: Pace
  readonly #expect: (subject: Subject) => number
  #expected: number
  #since: number

  constructor(pace: Pace, subjects: readonly Subject[], expect: (subject: Subject) => number, now: number) {
    this.#pace = pace
    this.#expect = expect
    this.#expected = subjects.reduce((sum, subject) => sum + expect(subject), 0)
    this.#since = now
  }

  /** Takes down a row that is finished. Rows of a group come together: the first has the time of all. */
  finish(row: Row, now: number): void {
    const expected = this.#expect(row)
    this.#expected -= expected
    // One that failed or was skipped took no time that says anything.
    if (row.medianMs !== undefined) this.#pace.learn(now - this.#since, expected)
    this.#since = now
  }

  secondsLeft(now: number): number {
    return Math.max(0, this.#pace.secondsFor(Math.max(0, this.#expected)) - (now - this.#since))
  }
}
