import { summarize } from '../../demo/measure/timing.ts'

// So many calls in a pass: a clock ticks too seldom for one, and a pass that grows without end fills the memory.
export const CALLS = 500
export const BYTES = 4096
const WARM_UP_RUNS = 20
const RUNS = 200

/** The duration of a call: the median and the 95th percentile. */
export interface Cost {
  readonly name: string
  readonly microseconds: number
  readonly p95: number
}

/** Calls to time. */
export interface Task {
  readonly name: string
  /** Makes `CALLS` calls. */
  readonly run: () => void | Promise<void>
  /** Runs after each run, untimed. */
  readonly after?: () => Promise<void>
}

/** Times all tasks alternately, run by run, so that other load on the machine affects all alike. */
export async function timeInTurns(tasks: readonly Task[]): Promise<Cost[]> {
  const times = new Map<Task, number[]>(tasks.map(task => [task, []]))
  for (let run = -WARM_UP_RUNS; run < RUNS; run++) {
    for (const [{ run: work, after }, milliseconds] of times) {
      const start = performance.now()
      await work()
      if (run >= 0) milliseconds.push(performance.now() - start)
      await after?.()
    }
  }
  return [...times].map(([{ name }, milliseconds]) => {
    const { medianMs, p95Ms } = summarize(milliseconds)
    return { name, microseconds: (medianMs * 1000) / CALLS, p95: (p95Ms * 1000) / CALLS }
  })
}
