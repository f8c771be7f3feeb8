import type { Timing } from '../report/rows.ts'

// The clock of a browser ticks every 0.1 ms or so, and handing work to a GPU and hearing back takes about 1 ms.
const SHORTEST_RUN_MS = 20
const LONG_ENOUGH_MS = SHORTEST_RUN_MS / 2
// The machine may have been busy with something else, or compiled what it runs for the first time.
const LOOKS = 3

/**
 * How often to repeat the work within one run, so that a run takes long enough to be timed.
 *
 * @param time runs the work so many times and tells the milliseconds it took
 */
export async function calibrate(time: (repeats: number) => Promise<number>, mostRepeats: number): Promise<number> {
  let repeats = 1
  for (;;) {
    let elapsed = Infinity
    for (let look = 0; look < LOOKS && elapsed >= LONG_ENOUGH_MS; look++)
      elapsed = Math.min(elapsed, await time(repeats))
    if (elapsed >= LONG_ENOUGH_MS || repeats === mostRepeats) return repeats
    const needed = (repeats * SHORTEST_RUN_MS * 1.2) / Math.max(elapsed, 0.05)
    // No more than eightfold at a time: the first runs are slow, but the clock may also have read next to nothing.
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
