import type { GpuProcessor } from '../accuracy/processors.ts'
import type { Subject } from '../accuracy/subjects.ts'
import { summarize } from '../../demo/measure/timing.ts'
import type { Timing } from '../../demo/report/rows.ts'
import type { HalfFormat } from '../../src/support/formats.ts'
import { type ClockName, createClock } from './clock.ts'
import { type Contender, contendersOf } from './contenders.ts'
import { Tensors } from './tensors.ts'

/** What is to be timed. */
export interface Question {
  readonly processor: GpuProcessor
  readonly subjects: readonly Subject[]
  /** Multiples of 8. */
  readonly sizes: readonly number[]
  readonly format: 'f32' | HalfFormat
  readonly masks: boolean
  readonly runs: number
}

/** A line of the table. */
export interface Row extends Timing, Pick<Contender, 'activation' | 'direction' | 'bytesPerElement'> {
  readonly format: Question['format']
  readonly elements: number
  readonly clock: ClockName
  readonly runs: number
  readonly gigabytesPerSecond: number
  /** The time relative to that of the copy kernel of as many tensors, byte for byte. */
  readonly timesCopy: number
}

const WARM_UP = 3

/** Times kernels run by run, so that whatever else the machine does falls on all alike. */
export async function measure(device: GPUDevice, question: Question, tell: (row: Row) => void): Promise<void> {
  const clock = createClock(device)
  const { format, runs, sizes } = question
  for (const elements of sizes) {
    const tensors = await Tensors.create(device, question, elements)
    const contenders = await contendersOf(device, question, tensors)
    const times = new Map<Contender, number[]>(contenders.map(contender => [contender, []]))
    for (let run = 0; run < WARM_UP + runs; run++) {
      for (const [{ record }, milliseconds] of times) {
        const set = tensors.sets[run % tensors.sets.length]!
        const elapsed = await clock.time(pass => record(pass, set))
        if (run >= WARM_UP) milliseconds.push(elapsed)
      }
    }
    tensors.destroy()
    const speeds = new Map<Contender, number>()
    for (const [contender, milliseconds] of times) {
      const timing = summarize(milliseconds)
      const { activation, direction, bytesPerElement, copy } = contender
      speeds.set(contender, (elements * bytesPerElement) / timing.medianMs / 1e6)
      const gigabytesPerSecond = speeds.get(contender)!
      const timesCopy = speeds.get(copy ?? contender)! / gigabytesPerSecond
      const about = { activation, direction, format, elements, clock: clock.name, runs, bytesPerElement }
      tell({ ...about, ...timing, gigabytesPerSecond, timesCopy })
    }
  }
}
