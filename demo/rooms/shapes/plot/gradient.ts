import { formatShare } from '../../../support/format.ts'
import type { Evaluate } from './drawable.ts'
import { normalShare } from './normal.ts'

/** The derivative below which hardly any gradient comes through. */
const FAINT = 1 / 1000

// Wider than the drawing, so that shares of a distribution are right and saturation beyond the edge is found.
const EDGE = 10
const STEPS = 800
// Enough for float32.
const ROUNDS = 40
// Narrower regions surround a point at which the derivative crosses zero; no unit dies there.
const NARROWEST: Readonly<Record<Region['kind'], number>> = { none: 1e-6, faint: 0.1 }

/** A range of x in which no gradient comes through, or hardly any. It ends at infinity where it reaches the edge. */
export interface Region {
  readonly kind: 'none' | 'faint'
  readonly from: number
  readonly to: number
}

const KINDS = ['none', 'faint', 'some'] as const
type Kind = (typeof KINDS)[number]

function kindOf(derivative: number): Kind {
  const size = Math.abs(derivative)
  return size === 0 ? 'none' : size < FAINT ? 'faint' : 'some'
}

/** The regions in which a derivative is 0 or next to 0. */
export async function regionsWithoutGradient(derivative: Evaluate): Promise<Region[]> {
  const x = Float32Array.from({ length: STEPS + 1 }, (_, i) => -EDGE + (2 * EDGE * i) / STEPS)
  const kinds = Array.from(await derivative(x), kindOf)
  const changes = kinds.flatMap((kind, i) => (i === 0 || kind === kinds[i - 1] ? [] : [i]))
  const borders = await findBorders(
    derivative,
    changes.map(i => ({ left: x[i - 1]!, right: x[i]!, kinds: [kinds[i - 1]!, kinds[i]!] })),
  )
  return [0, ...changes]
    .map((start, i) => ({ kind: kinds[start]!, from: borders[i - 1] ?? -Infinity, to: borders[i] ?? Infinity }))
    .filter((region): region is Region => region.kind !== 'some' && region.to - region.from > NARROWEST[region.kind])
}

/** The share of a normal input of this mean, and variance 1, that lies in these regions. */
export function shareOf(regions: readonly Region[], mean: number): number {
  return regions.reduce((sum, { from, to }) => sum + normalShare(from - mean, to - mean), 0)
}

/** Describes the regions in a sentence or two. */
export function describeGradient(regions: readonly Region[], mean: number, variable = 'x'): string {
  const input = mean === 0 ? 'a standard normal input' : `a normal input of mean ${signed(mean)}`
  const none = regions.filter(({ kind }) => kind === 'none')
  const faint = regions.filter(({ kind }) => kind === 'faint')
  const sentences: string[] = []
  if (none.length > 0) {
    sentences.push(
      `No gradient where ${describeRegions(none, variable)}: ${describeShare(shareOf(none, mean))} of ${input}.`,
    )
  }
  if (faint.length > 0) {
    const share = describeShare(shareOf(faint, mean))
    sentences.push(
      `Next to no gradient, less than 1/1000, where ${describeRegions(faint, variable)}: ${share} of ${input}.`,
    )
  }
  if (none.length > 0) {
    sentences.push('A unit whose every input lands there gets no gradient to come back with: it has died.')
  } else if (faint.length === 0) {
    sentences.push(
      `The derivative is nowhere below 1/1000 here: wherever ${variable} lies, some gradient comes through.`,
    )
  }
  return sentences.join(' ')
}

function describeRegions(regions: readonly Region[], variable: string): string {
  const parts = regions.map(({ kind, from, to }) => {
    const [below, above] = kind === 'none' ? ['≤', '≥'] : ['<', '>']
    if (from === -Infinity && to === Infinity) return `${variable} is anything`
    if (from === -Infinity) return `${variable} ${below} ${signed(to)}`
    return to === Infinity
      ? `${variable} ${above} ${signed(from)}`
      : `${signed(from)} ${below} ${variable} ${below} ${signed(to)}`
  })
  return parts.join(' or ')
}

function describeShare(share: number): string {
  if (share > 0 && share < 0.001) return 'less than 0.1%'
  return share > 0.999 && share < 1 ? 'more than 99.9%' : formatShare(share)
}

/** A number to two decimals, with a minus sign. */
function signed(value: number): string {
  return String(Number(value.toFixed(2))).replace('-', '−')
}

/** Two places between which the kind changes. */
interface Change {
  readonly left: number
  readonly right: number
  readonly kinds: readonly [Kind, Kind]
}

/** Bisects changes, all at the same time. A border belongs to the kind that lets less through. */
async function findBorders(derivative: Evaluate, changes: readonly Change[]): Promise<number[]> {
  const less = changes.map(
    ({ kinds: [before, after] }) => KINDS[Math.min(KINDS.indexOf(before), KINDS.indexOf(after))]!,
  )
  const places = changes.map(({ left, right }) => ({ left, right }))
  const isLessOnRight = (i: number): boolean => changes[i]!.kinds[1] === less[i]
  for (let round = 0; round < ROUNDS && places.length > 0; round++) {
    const middles = Float32Array.from(places, ({ left, right }) => (left + right) / 2)
    for (const [i, value] of (await derivative(middles)).entries()) {
      const isLess = kindOf(value) === less[i]
      places[i]![isLess === isLessOnRight(i) ? 'right' : 'left'] = middles[i]!
    }
  }
  return places.map(({ left, right }, i) => (isLessOnRight(i) ? right : left))
}
