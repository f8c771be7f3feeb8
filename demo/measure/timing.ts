import type { Timing } from './rows.ts'

// A browser's clock has a resolution of about 0.1 ms, and the latency of a GPU is about 1 ms.
const SHORTEST_RUN_MS = 20
const LONG_ENOUGH_MS = SHORTEST_RUN_MS / 2
// The first runs may compile code, and other load may slow a run.
const LOOKS = 3

/**
 * Finds the number of repetitions within one run that makes a run long enough to be timed.
 *
 * @param time repeats the work and returns the milliseconds
 */
export async function calibrate(time: (repeats: number) => Promise<number>, mostRepeats: number): Promise<number> {
  let repeats = 1
  for (;;) {
    let elapsed = Infinity
    for (let look = 0; look < LOOKS && elapsed >= LONG_ENOUGH_MS; look++)
      elapsed = Math.min(elapsed, await time(repeats))
    if (elapsed >= LONG_ENOUGH_MS || repeats === mostRepeats) return repeats
    const needed = (repeats * SHORTEST_RUN_MS * 1.2) / Math.max(elapsed, 0.05)
    // At most eightfold at a time, since a short time is inaccurate.
    repeats = Math.min(mostRepeats, Math.ceil(Math.min(needed, repeats * 8)))
  }
}

/** Median, 5th and 95th percentile of the runs, interpolated between neighbours. */
export function summarize(milliseconds: readonly number[]): Timing {
  const sorted = milliseconds.toSorted((a, b) => a - b)
  const quantile = (share: number): number => {
    const position = share * (sorted.length - 1)
    const below = sorted[Math.floor(position)]!
    return below + (sorted[Math.ceil(position)]! - below) * (position % 1)
  }
  return { medianMs: quantile(0.5), p5Ms: quantile(0.05), p95Ms: quantile(0.95) }
}
