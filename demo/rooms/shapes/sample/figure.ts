import { drawPicture, pictureOf } from '../../../input/picture.ts'
import { formatValue } from '../../../support/format.ts'
import { histogramOf } from '../../../support/histogram.ts'
import { svg } from '../../../support/svg.ts'
import type { Statistics } from './statistics.ts'

const WIDTH = 240
const HEIGHT = 90
const PARTS = 48

/** Some values, with the size of the picture that they are. */
export interface Values {
  readonly title: string
  readonly values: Float32Array<ArrayBuffer>
  readonly statistics: Statistics
  readonly size: { readonly width: number; readonly height: number } | undefined
}

/** A figure of values: the picture that they are, if they are one, and how often each occurs. */
export function figureOf({ title, values, statistics, size }: Values): HTMLElement {
  const figure = document.createElement('figure')
  const caption = document.createElement('figcaption')
  caption.textContent = title
  figure.append(caption)
  if (size !== undefined) {
    const canvas = document.createElement('canvas')
    canvas.setAttribute('role', 'img')
    canvas.setAttribute('aria-label', `${title}, as a picture`)
    drawPicture(canvas, pictureOf({ ...size, values }))
    figure.append(canvas)
  }
  figure.append(histogram(title, values, statistics))
  return figure
}

function histogram(title: string, values: Float32Array, statistics: Statistics): SVGElement {
  const counts = histogramOf(values, statistics, PARTS)
  const most = Math.max(...counts, 1)
  const bottom = HEIGHT - 18
  const { lowest, highest } = statistics
  const zero = lowest < 0 && highest > 0 ? (-lowest / (highest - lowest)) * WIDTH : undefined
  return svg(
    'svg',
    {
      class: 'histogram',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: 'img',
      'aria-label': `How often each value of ${title} occurs`,
    },
    ...counts.map((count, part) => {
      // The root shows what is rare, too.
      const height = Math.sqrt(count / most) * (bottom - 2)
      return svg('rect', { x: (part * WIDTH) / PARTS, y: bottom - height, width: WIDTH / PARTS - 1, height })
    }),
    svg('line', { x1: 0, y1: bottom, x2: WIDTH, y2: bottom, class: 'zero' }),
    ...(zero === undefined
      ? []
      : [
          svg('line', { x1: zero, y1: 0, x2: zero, y2: bottom, class: 'mark' }),
          ...(zero > 50 && zero < WIDTH - 50 ? [label('0', zero, 'middle')] : []),
        ]),
    label(formatValue(lowest), 0, 'start'),
    label(formatValue(highest), WIDTH, 'end'),
  )
}

function label(text: string, x: number, anchor: string): SVGElement {
  return svg('text', { x, y: HEIGHT - 4, 'text-anchor': anchor }, text)
}
