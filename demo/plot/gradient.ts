import { normalDistribution } from '../../src/activations/support/normal.ts'
import { formatShare } from '../support/format.ts'

/** A derivative below this hardly lets anything through. */
const FAINT = 1 / 1000

// Wider than what is drawn, so that the share of a distribution is right and saturation beyond the edge is told.
const EDGE = 10
const STEPS = 800
// Where the derivative merely crosses zero nothing dies.
const NARROWEST: Readonly<Record<Region['kind'], number>> = { none: 1e-6, faint: 0.1 }

/** A range of x where no gradient comes through, or hardly any. Reaches to infinity where it reaches the edge. */
export interface Region {
  readonly kind: 'none' | 'faint'
  readonly from: number
  readonly to: number
}

const KINDS = ['none', 'faint', 'some'] as const
type Kind = (typeof KINDS)[number]

/** Where a derivative is 0, and where it is next to it. */
export function regionsWithoutGradient(derivative: (x: number) => number): Region[] {
  const kindAt = (x: number): Kind => {
    const size = Math.abs(derivative(x))
    return size === 0 ? 'none' : size < FAINT ? 'faint' : 'some'
  }
  const regions: Region[] = []
  let from = -Infinity
  let x = -EDGE
  let kind = kindAt(x)
  const close = (to: number): void => {
    if (kind !== 'some' && to - from > NARROWEST[kind]) regions.push({ kind, from, to })
    from = to
  }
  for (let i = 1; i <= STEPS; i++) {
    const next = -EDGE + (2 * EDGE * i) / STEPS
    const nextKind = kindAt(next)
    if (nextKind !== kind) close(border(kindAt, [x, kind], [next, nextKind]))
    x = next
    kind = nextKind
  }
  close(Infinity)
  return regions
}

/** The share of a normal input of this mean, and variance 1, that lies in these regions. */
export function shareOf(regions: readonly Region[], mean: number): number {
  return regions.reduce((sum, { from, to }) => sum + normalDistribution(to - mean) - normalDistribution(from - mean), 0)
}

/** Where the gradient dies, in a sentence or two. */
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

/** Where the one of two kinds that lets less through begins or ends. */
function border(kindAt: (x: number) => Kind, [from, kind]: [number, Kind], [to, next]: [number, Kind]): number {
  const isNextLess = KINDS.indexOf(next) < KINDS.indexOf(kind)
  const less = isNextLess ? next : kind
  let [before, after] = [from, to]
  for (let i = 0; i < 40; i++) {
    const middle = (before + after) / 2
    if ((kindAt(middle) === less) === isNextLess) after = middle
    else before = middle
  }
  return isNextLess ? after : before
}
