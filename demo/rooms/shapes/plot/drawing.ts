import { type Curve, extent, FROM, TO } from './curve.ts'
import type { Region } from './gradient.ts'
import { normalDensity } from './normal.ts'
import type { Shape } from './shape.ts'
import { pathThrough, svg } from '../../../support/svg.ts'

const TOP = 10
const RIGHT = 14
const BOTTOM = 26
const TICK = 5
const DIGIT = 7
/** The height of the density of the input, as a share of the height of the plot. */
const BELL = 0.22

/** A drawing, with its position for the controls around it. */
export interface Drawing {
  readonly element: SVGElement
  /** The ends of the x axis, in pixels from the left. */
  readonly left: number
  readonly right: number
  /** Moves the mark to an x of the slider. */
  mark(x: number): void
}

/** Draws an activation and its derivative, and shades the regions in which no gradient comes through. */
export function draw(
  { name, value, derivative, regions, at }: Shape,
  { mean, width, height, description }: { mean: number; width: number; height: number; description: string },
): Drawing {
  const yTicks = ticksOver(...rangeOf([value, derivative]), 6)
  const left = Math.max(...yTicks.labels.map(label => label.length)) * DIGIT + TICK + 9
  const right = width - RIGHT
  const bottom = height - BOTTOM
  const toX = (x: number): number => left + ((x - FROM) / (TO - FROM)) * (right - left)
  const toY = (y: number): number => bottom - ((y - yTicks.low) / (yTicks.high - yTicks.low)) * (bottom - TOP)
  const xTicks = ticksOver(FROM, TO, width < 480 ? 6 : 12)

  const curve = ({ pieces, ends }: Curve, kind: string): SVGElement =>
    svg(
      'g',
      { class: `curve ${kind}` },
      ...pieces.map(points => svg('path', { d: pathThrough(points.map(({ x, y }) => [toX(x), toY(y)] as const)) })),
      ...ends.map(({ x, y, attained }) =>
        svg('circle', { cx: toX(x), cy: toY(y), r: 3.5, class: attained ? 'attained' : 'open' }),
      ),
    )
  const line = (x1: number, y1: number, x2: number, y2: number, kind: string): SVGElement =>
    svg('line', { x1, y1, x2, y2, class: kind })
  const shade = ({ kind, from, to }: Region): SVGElement[] => {
    const [start, end] = [toX(Math.max(from, FROM)), toX(Math.min(to, TO))]
    return end <= start
      ? []
      : [
          svg('rect', {
            x: start,
            y: TOP,
            width: end - start,
            height: bottom - TOP,
            class: kind,
            fill: `url(#hatching-${kind})`,
          }),
        ]
  }
  const bellHeight = (bottom - TOP) * BELL
  const bell = Array.from({ length: 121 }, (_, i) => FROM + ((TO - FROM) * i) / 120).map(
    x => [toX(x), bottom - (normalDensity(x - mean) / normalDensity(0)) * bellHeight] as const,
  )

  const mark = line(0, TOP, 0, bottom, 'mark')
  const dots = ['value', 'derivative'].map(kind => svg('circle', { r: 4.5, class: `dot ${kind}` }))
  const element = svg(
    'svg',
    { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-labelledby': 'plot-title plot-description' },
    svg('title', { id: 'plot-title' }, `${name} and its derivative`),
    svg('desc', { id: 'plot-description' }, description),
    svg('defs', {}, hatching('none', 6), hatching('faint', 12)),
    svg('g', { class: 'shade' }, ...regions.flatMap(shade)),
    svg(
      'g',
      { class: 'axes' },
      ...xTicks.values.map(x => line(toX(x), TOP, toX(x), bottom, 'grid')),
      ...yTicks.values.map(y => line(left, toY(y), right, toY(y), 'grid')),
      line(toX(0), TOP, toX(0), bottom, 'zero'),
      line(left, toY(0), right, toY(0), 'zero'),
      ...xTicks.values.map((x, i) =>
        svg('text', { x: toX(x), y: bottom + 18, 'text-anchor': 'middle' }, xTicks.labels[i]!),
      ),
      ...yTicks.values.map((y, i) =>
        svg('text', { x: left - TICK - 3, y: toY(y) + 4, 'text-anchor': 'end' }, yTicks.labels[i]!),
      ),
    ),
    svg('path', { class: 'bell', d: `${pathThrough([[left, bottom], ...bell, [right, bottom]])}Z` }),
    mark,
    curve(value, 'value'),
    curve(derivative, 'derivative'),
    ...dots,
  )
  return {
    element,
    left,
    right,
    mark: x => {
      mark.setAttribute('x1', String(toX(x)))
      mark.setAttribute('x2', String(toX(x)))
      for (const [i, y] of at(x).entries()) {
        dots[i]!.setAttribute('cx', String(toX(x)))
        dots[i]!.setAttribute('cy', String(toY(y)))
      }
    },
  }
}

/** Diagonal lines, so that shaded regions show without colour too. */
function hatching(kind: string, size: number): SVGElement {
  return svg(
    'pattern',
    {
      id: `hatching-${kind}`,
      width: size,
      height: size,
      patternUnits: 'userSpaceOnUse',
      patternTransform: 'rotate(45)',
    },
    svg('rect', { width: size, height: size }),
    svg('line', { x1: 0, y1: 0, x2: 0, y2: size }),
  )
}

/** The range of y: all points and zero, with a margin. */
function rangeOf(curves: readonly Curve[]): [low: number, high: number] {
  const [low, high] = extent([{ x: 0, y: 0 }, ...curves.flatMap(({ pieces }) => pieces.flat())])
  const room = (high - low || 1) * 0.06
  return [low - room, high + room]
}

/** Round numbers at equal distances over a range, `most` of them or fewer. */
function ticksOver(low: number, high: number, most: number): Ticks {
  const smallest = (high - low) / most
  const power = 10 ** Math.floor(Math.log10(smallest))
  const step = power * [1, 2, 5, 10].find(factor => factor * power >= smallest * (1 - 1e-9))!
  const values: number[] = []
  for (let i = Math.ceil(low / step - 1e-9); i <= high / step + 1e-9; i++) values.push(i * step)
  return { low, high, values, labels: values.map(value => String(Number(value.toPrecision(6))).replace('-', '−')) }
}

interface Ticks {
  readonly low: number
  readonly high: number
  readonly values: readonly number[]
  readonly labels: readonly string[]
}
