import type { Activation, Channels } from '../activations/support/activation.ts'
import { sumRanges } from '../reference/alpha-sums.ts'
import { type Comparison, MismatchCount } from './comparison.ts'
import { sampleOf } from './sample.ts'
import { rangesOf, type TileSums } from '../operations/tiles.ts'

// The error bound of a partial sum: a product, nine sums in an invocation and eight in a workgroup are each rounded by
// at most 2^-24 of the magnitude. One unit more covers the product of these errors.
const UNITS = 19
const UNIT = 2 ** -24
// Partial sums of such magnitudes may overflow in float32. The CPU then computes the result.
const NEAR_OVERFLOW = 2 ** 127
const SAMPLED_SUMS = 64
const SAMPLED_ELEMENTS = 2 ** 18

/**
 * Picks the partial sums of a tile that a sampled cross-check compares: the first, the last, and some in between. Equal
 * seeds give equal sums.
 */
export function sampleSums({ tile, sums }: TileSums, seed: number): Iterable<number> {
  const { length } = sums
  const enough = Math.max(SAMPLED_SUMS, Math.floor((SAMPLED_ELEMENTS / (tile.end - tile.start)) * length))
  return sampleOf(length, enough, seed)
}

/**
 * Compares the partial sums of a gradient of alpha with sums in float64. Errors are measured in units of 2^-24 of the
 * summed magnitudes, and 19 units are allowed. A channel with a NaN input must have the gradient NaN.
 */
export function compareSums(
  { slopes, inner }: Channels,
  { x, dy }: { readonly x: Float32Array; readonly dy: Float32Array },
  tiles: readonly TileSums[],
  dAlpha: Float32Array,
  indicesOf: (tile: TileSums) => Iterable<number>,
): Comparison {
  const count = new MismatchCount()
  const judge = (channel: number, expected: number, actual: number, units: number): void =>
    count.add(units, units <= UNITS, () => ({ result: 'dAlpha', index: channel, expected, actual, ulp: units }))
  for (const tileSums of tiles) {
    const { tile, sums } = tileSums
    for (const index of indicesOf(tileSums)) {
      const { sum, magnitude, flushed } = sumRanges(x, dy, rangesOf(tile, index))
      const actual = sums[index]!
      const mayBeInfinite = !Number.isFinite(sum) || magnitude >= NEAR_OVERFLOW
      const error = Math.max(0, Math.abs(actual - sum) - flushed)
      const units = Number.isFinite(error) ? (error === 0 ? 0 : error / magnitude / UNIT) : Infinity
      judge(
        tile.firstChannel + (index % tile.channels),
        sum,
        actual,
        mayBeInfinite && !Number.isFinite(actual) ? 0 : units,
      )
    }
  }
  const channelsWithNaN = new Set<number>()
  for (let i = 0; i < x.length; i++) {
    if (!Number.isNaN(x[i]!) && (!Number.isNaN(dy[i]!) || x[i]! > 0)) continue
    channelsWithNaN.add(slopes.length === 1 ? 0 : Math.floor(i / inner) % slopes.length)
  }
  for (const channel of channelsWithNaN) {
    judge(channel, NaN, dAlpha[channel]!, Number.isNaN(dAlpha[channel]!) ? 0 : Infinity)
  }
  return count
}

export function describeSums(activation: Activation, { elements, mismatches, maxUlp, first }: Comparison): string {
  const lines = [
    `${activation} backwardAlpha: ${mismatches} of ${elements} sums compared differ from the CPU reference, by up to ${maxUlp} units of 2^-24 of what they add up.`,
    ...first.map(
      ({ index, expected, actual }) => `✗ channel ${index}, a part of its sum: expected ${expected}, got ${actual}`,
    ),
  ]
  if (mismatches > first.length) lines.push(`  … and ${mismatches - first.length} more`)
  return lines.join('\n')
}
