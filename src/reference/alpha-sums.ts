import { SMALLEST_NORMAL } from '../support/bits.ts'
import type { Channels } from '../activations/support/activation.ts'

/** Sums x * dy over the elements of each channel that are not positive, in float64; returns one sum for each channel. */
export function sumAlphaOnCpu(
  { slopes, inner }: Channels,
  x: Float32Array,
  dy: Float32Array,
): Float64Array<ArrayBuffer> {
  const sums = new Float64Array(slopes.length)
  const run = slopes.length === 1 ? x.length : inner
  for (let start = 0, channel = 0; start < x.length; start += run) {
    const end = Math.min(start + run, x.length)
    let sum = 0
    for (let i = start; i < end; i++) if (!(x[i]! > 0)) sum += x[i]! * dy[i]!
    sums[channel]! += sum
    channel = channel + 1 === slopes.length ? 0 : channel + 1
  }
  return sums
}

/** The reference of a sum in float32. */
export interface ReferenceSum {
  readonly sum: number
  /** The sum of the magnitudes of its terms. */
  readonly magnitude: number
  /** The part of `magnitude` that a driver may lose by flushing subnormals. */
  readonly flushed: number
}

/** Sums x * dy over the elements of some ranges that are not positive, in float64, with the scale of the error. */
export function sumRanges(
  x: Float32Array,
  dy: Float32Array,
  ranges: Iterable<readonly [from: number, to: number]>,
): ReferenceSum {
  let sum = 0
  let magnitude = 0
  let flushed = 0
  for (const [from, to] of ranges) {
    for (let i = from; i < to; i++) {
      if (x[i]! > 0) continue
      const term = x[i]! * dy[i]!
      const size = Math.abs(term)
      sum += term
      magnitude += size
      const mayVanish = Math.min(Math.abs(x[i]!), Math.abs(dy[i]!)) < SMALLEST_NORMAL
      flushed += mayVanish ? size : SMALLEST_NORMAL
    }
  }
  return { sum, magnitude, flushed }
}
