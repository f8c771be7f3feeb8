import { summarize } from '../../demo/measure/timing.ts'
import type { Timing } from '../../demo/measure/rows.ts'
import { type ClockName, createClock } from './clock.ts'
import { type Candidate, candidatesOf } from './candidates.ts'
import { diagnosticsOf } from './diagnostics-candidates.ts'
import type { Question } from './question.ts'
import { Tensors } from './tensors.ts'

/** A row of the table. */
export interface Row extends Timing, Pick<Candidate, 'activation' | 'direction' | 'bytesPerElement'> {
  readonly format: Question['format']
  readonly elements: number
  readonly clock: ClockName
  readonly runs: number
  readonly gigabytesPerSecond: number
  /** The time relative to that of the copy kernel of as many tensors, byte for byte. */
  readonly timesCopy: number
  /** The time relative to that of the older version, run by run: the median. */
  readonly timesBefore?: number | undefined
}

const WARM_UP = 3
const MORE_RUNS = 4
export const CLEARLY_SLOWER = 1.05

/** Times all kernels alternately, run by run, so that other load on the machine affects all alike. */
export async function measure(device: GPUDevice, question: Question, report: (row: Row) => void): Promise<void> {
  const clock = createClock(device)
  const { format, runs, sizes } = question
  for (const elements of sizes) {
    const tensors = await Tensors.create(device, question, elements)
    const isOfDiagnostics = question.kind === 'diagnostics'
    const candidates = await (isOfDiagnostics ? diagnosticsOf : candidatesOf)(device, question, tensors)
    const times = new Map<Candidate, number[]>(candidates.map(candidate => [candidate, []]))
    const timeAll = async (timed: readonly (readonly [Candidate, number[]])[], count: number): Promise<void> => {
      for (let run = 0; run < WARM_UP + count; run++) {
        // In turns, so that none has the caches of always the same one before it.
        for (const [{ record }, milliseconds] of run % 2 === 0 ? timed : timed.toReversed()) {
          const set = tensors.sets[run % tensors.sets.length]!
          const elapsed = await clock.time(pass => record(pass, set))
          if (run >= WARM_UP) milliseconds.push(elapsed)
        }
      }
    }
    await timeAll([...times], runs)
    const timesBefore = ({ before }: Candidate, milliseconds: readonly number[]): number | undefined =>
      before && summarize(milliseconds.map((ms, run) => ms / times.get(before)![run]!)).medianMs
    // Other load on the machine makes some seem slower than they were, which more runs of the pair alone tell.
    for (const [candidate, milliseconds] of times) {
      if ((timesBefore(candidate, milliseconds) ?? 1) <= CLEARLY_SLOWER) continue
      const { before } = candidate
      await timeAll(
        [
          [before!, times.get(before!)!],
          [candidate, milliseconds],
        ],
        MORE_RUNS * runs,
      )
    }
    tensors.destroy()
    const speeds = new Map<Candidate, number>()
    const older = new Set([...times.keys()].map(({ before }) => before))
    for (const [candidate, milliseconds] of times) {
      if (older.has(candidate)) continue
      const timing = summarize(milliseconds)
      const { activation, direction, bytesPerElement, copy } = candidate
      speeds.set(candidate, (elements * bytesPerElement) / timing.medianMs / 1e6)
      const gigabytesPerSecond = speeds.get(candidate)!
      const timesCopy = speeds.get(copy ?? candidate)! / gigabytesPerSecond
      const about = { activation, direction, format, elements, clock: clock.name, runs, bytesPerElement }
      const relative = timesBefore(candidate, milliseconds)
      report({ ...about, ...timing, gigabytesPerSecond, timesCopy, timesBefore: relative })
    }
  }
}
