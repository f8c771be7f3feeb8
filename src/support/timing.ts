import { now } from './platform.ts'

/** A linear cost in milliseconds: `fixed`, plus `slope` for each unit of length. */
export interface Line {
  readonly fixed: number
  readonly slope: number
}

export type Clock = () => number

const MOST_BATCHES = 8
// Browsers round their clocks to 0.005 to 1 ms, and to 100 ms at a user's wish.
const STEPS_OF_BATCH = 5
const SHORTEST_BATCH_MS = 1
export const COARSEST_STEP_MS = 2
const MOST_READINGS = 100_000
// Reads several steps, because a preempted thread sees a longer one.
const STEPS_SEEN = 3

/**
 * Measures the time of some work in milliseconds, as the fastest of a few batches: disturbances only make a batch
 * slower. Each batch is long enough for the resolution of the clock.
 *
 * @param work completes when it returns, or when its promise resolves
 * @param mostMs no further batch begins after this time
 * @returns undefined where the clock is too coarse
 * @throws (by rejection) the error of the work
 */
export async function timeOf(work: () => unknown, mostMs: number, clock: Clock = now): Promise<number | undefined> {
  const step = stepOf(clock)
  if (step === undefined || step > COARSEST_STEP_MS) return undefined
  const shortest = Math.max(SHORTEST_BATCH_MS, STEPS_OF_BATCH * step)
  // Warm-up: compiles the code and fills caches.
  await work()
  const begin = clock()
  let fastest = Infinity
  let batches = 0
  let turns = 1
  while (batches === 0 || (batches < MOST_BATCHES && clock() - begin < mostMs)) {
    const start = clock()
    for (let turn = 0; turn < turns; turn++) await work()
    const elapsed = clock() - start
    if (elapsed < shortest) {
      turns *= 2
    } else {
      fastest = Math.min(fastest, elapsed / turns)
      batches++
    }
  }
  return fastest
}

/** Fits a line through the times of work of two lengths. Parameters and errors are those of {@link timeOf}. */
export async function lineThrough(
  work: (length: number) => unknown,
  [short, long]: readonly [short: number, long: number],
  mostMs: number,
  clock: Clock = now,
): Promise<Line | undefined> {
  const shortMs = await timeOf(() => work(short), mostMs, clock)
  const longMs = await timeOf(() => work(long), mostMs, clock)
  if (shortMs === undefined || longMs === undefined) return undefined
  const slope = Math.max(0, (longMs - shortMs) / (long - short))
  return { fixed: Math.max(0, shortMs - slope * short), slope }
}

/** Measures the step of a clock in milliseconds; undefined for a clock that stands still. */
export function stepOf(clock: Clock = now): number | undefined {
  let least: number | undefined
  let [before, steps] = [clock(), 0]
  for (let reading = 0; reading < MOST_READINGS && steps < STEPS_SEEN; reading++) {
    const after = clock()
    if (after <= before) continue
    least = Math.min(least ?? Infinity, after - before)
    before = after
    steps++
  }
  return least
}
