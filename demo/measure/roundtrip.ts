import type { Activation, Dispatcher } from '../../src/index.ts'
import { failedRow, type Row, type Subject, timedRow } from '../rows.ts'
import type { Data, Finding } from './check.ts'
import { messageOf } from './gpu.ts'
import { pause, Stopped } from './pause.ts'
import { calibrate, summarize } from './timing.ts'

const MOST_REPEATS = 16_384
const WARM_UP_RUNS = 1

/** Calls a dispatcher once: array in, array out. */
export async function call(
  dispatcher: Dispatcher,
  activation: Activation,
  { direction }: Pick<Subject, 'direction'>,
  { x, dy }: Data,
): Promise<Float32Array<ArrayBuffer>> {
  return direction === 'forward' ? dispatcher.forward(activation, x) : dispatcher.backward(activation, x, dy)
}

/** Measures calls of a dispatcher, which is checked first: array in, array out, transfer and all. */
export async function measureRoundtrip(
  dispatcher: Dispatcher,
  activation: Activation,
  subject: Subject,
  data: Data,
  check: (result: Float32Array<ArrayBuffer>) => Finding | Promise<Finding>,
  runs: number,
  signal: AbortSignal,
): Promise<Row> {
  // A dispatcher that falls back gives right answers, but not those of the processor that this row is about.
  const stayed = (): void => {
    const { processor, reason } = dispatcher.report
    if (processor !== subject.processor || dispatcher.report.fallbacks > fallbacksBefore) throw new Error(reason)
  }
  const fallbacksBefore = dispatcher.report.fallbacks
  try {
    const result = await call(dispatcher, activation, subject, data)
    stayed()
    const finding = await check(result)
    if (finding.problem !== undefined) return failedRow(subject, finding.problem, finding.check)

    const time = async (repeats: number): Promise<number> => {
      await pause(signal)
      const start = performance.now()
      for (let i = 0; i < repeats; i++) await call(dispatcher, activation, subject, data)
      return performance.now() - start
    }
    const repeats = await calibrate(time, MOST_REPEATS)
    const milliseconds: number[] = []
    for (let run = -WARM_UP_RUNS; run < runs; run++) {
      const elapsed = await time(repeats)
      if (run >= 0) milliseconds.push(elapsed / repeats)
    }
    stayed()
    return timedRow(subject, finding.check, runs, summarize(milliseconds))
  } catch (error) {
    if (error instanceof Stopped) throw error
    return failedRow(subject, messageOf(error))
  }
}
