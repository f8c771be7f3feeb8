import type { Dispatcher } from '../../src/index.ts'
import { failedRow, type Row, type Subject, timedRow } from '../rows.ts'
import type { Finding } from './check.ts'
import type { Computation, Data } from './computation.ts'
import { messageOf } from './gpu.ts'
import { pause, Stopped } from './pause.ts'
import { calibrate, summarize } from './timing.ts'

const MOST_REPEATS = 16_384
const WARM_UP_RUNS = 1

/** Measures calls of a dispatcher, which is checked first: array in, array out, transfer and all. */
export async function measureRoundtrip(
  dispatcher: Dispatcher,
  computation: Computation,
  subject: Subject,
  data: Data,
  check: (results: readonly Float32Array[]) => Promise<Finding>,
  runs: number,
  step: (text: string) => void,
  signal: AbortSignal,
): Promise<Row> {
  // A dispatcher that falls back gives right answers, but not those of the processor that this row is about.
  const stayed = (): void => {
    const { processor, reason } = dispatcher.report
    if (processor !== subject.processor || dispatcher.report.fallbacks > fallbacksBefore) throw new Error(reason)
  }
  const fallbacksBefore = dispatcher.report.fallbacks
  try {
    const results = await computation.call(dispatcher, data)
    stayed()
    const finding = await check(results)
    if (finding.problem !== undefined) return failedRow(subject, finding.problem, finding.check)

    const time = async (repeats: number): Promise<number> => {
      await pause(signal)
      const start = performance.now()
      for (let i = 0; i < repeats; i++) await computation.call(dispatcher, data)
      return performance.now() - start
    }
    const repeats = await calibrate(time, MOST_REPEATS)
    const milliseconds: number[] = []
    for (let run = -WARM_UP_RUNS; run < runs; run++) {
      if (run >= 0) step(`run ${run + 1} of ${runs}`)
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
