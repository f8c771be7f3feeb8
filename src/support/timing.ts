import { now } from './platform.ts'

/** What something of a length costs: so much by itself, and so much for each unit of its length, in milliseconds. */
export interface Line {
  readonly fixed: number
  readonly slope: number
}

/** Milliseconds since some moment. */
export type Clock = () => number

const MOST_BATCHES = 8
// Browsers' clocks move in steps of 0.005 to 1 ms, and where a user wants it so, of 100.
const STEPS_OF_BATCH = 5
const SHORTEST_BATCH_MS = 1
export const COARSEST_STEP_MS = 2
const MOST_READINGS = 100_000
// The thread may be held up between two readings: the clock did not do that.
const STEPS_SEEN = 3

/**
 * How long some work takes: milliseconds. Of a few batches of turns, each long enough for the clock, the fastest counts, for
 * what disturbs them makes them slower.
 *
 * @param work is done at once, or when its promise resolves
 * @param mostMs no further batch begins after so long
 * @returns undefined where the clock is too coarse
 * @throws what the work throws (by rejection)
 */
export async function timeOf(work: () => unknown, mostMs: number, clock: Clock = now): Promise<number | undefined> {
  const step = stepOf(clock)
  if (step === undefined || step > COARSEST_STEP_MS) return undefined
  const shortest = Math.max(SHORTEST_BATCH_MS, STEPS_OF_BATCH * step)
  // Compiles, and brings memory into caches.
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

/** The line through what work of two lengths takes; in all else as {@link timeOf}. */
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

/** By how much a clock moves at a time; undefined where it does not. */
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
