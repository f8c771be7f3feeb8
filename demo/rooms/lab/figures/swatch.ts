import { svg } from '../../../support/svg.ts'
import { DASHES } from './curves.ts'

/** A piece of the line of a series, for a legend. */
export function swatch(series: number): SVGElement {
  const line = svg('line', { x1: 1, y1: 5, x2: 25, y2: 5, 'stroke-dasharray': DASHES[series]!.join(' ') })
  const picture = svg('svg', { class: 'swatch', width: 26, height: 10, 'aria-hidden': 'true' }, line)
  picture.setAttribute('data-series', String(series + 1))
  return picture
}
