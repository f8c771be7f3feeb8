import { summarize } from '../../demo/measure/timing.ts'
import type { Timing } from '../../demo/report/rows.ts'
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
}

const WARM_UP = 3

/** Times all kernels alternately, run by run, so that other load on the machine affects all alike. */
export async function measure(device: GPUDevice, question: Question, report: (row: Row) => void): Promise<void> {
  const clock = createClock(device)
  const { format, runs, sizes } = question
  for (const elements of sizes) {
    const tensors = await Tensors.create(device, question, elements)
    const isOfDiagnostics = question.kind === 'diagnostics'
    const candidates = await (isOfDiagnostics ? diagnosticsOf : candidatesOf)(device, question, tensors)
    const times = new Map<Candidate, number[]>(candidates.map(candidate => [candidate, []]))
    for (let run = 0; run < WARM_UP + runs; run++) {
      for (const [{ record }, milliseconds] of times) {
        const set = tensors.sets[run % tensors.sets.length]!
        const elapsed = await clock.time(pass => record(pass, set))
        if (run >= WARM_UP) milliseconds.push(elapsed)
      }
    }
    tensors.destroy()
    const speeds = new Map<Candidate, number>()
    for (const [candidate, milliseconds] of times) {
      const timing = summarize(milliseconds)
      const { activation, direction, bytesPerElement, copy } = candidate
      speeds.set(candidate, (elements * bytesPerElement) / timing.medianMs / 1e6)
      const gigabytesPerSecond = speeds.get(candidate)!
      const timesCopy = speeds.get(copy ?? candidate)! / gigabytesPerSecond
      const about = { activation, direction, format, elements, clock: clock.name, runs, bytesPerElement }
      report({ ...about, ...timing, gigabytesPerSecond, timesCopy })
    }
  }
}
