import { type Curve, extent } from './curve.ts'
import { pathThrough, svg } from '../../../support/svg.ts'

const WIDTH = 72
const HEIGHT = 32
/** The ends of x in a picture. Activations differ around zero. */
export const TILE_EDGE = 4

/** Small pictures of all activations, as radio buttons. */
export class Gallery {
  readonly #place: HTMLElement
  readonly #pictures = new Map<string, Element>()

  constructor(place: HTMLElement, names: readonly string[]) {
    this.#place = place
    place.append(...names.map(name => this.#tile(name)))
  }

  /** Checks an activation, and scrolls it into view. */
  choose(name: string): void {
    const control = this.#place.querySelector<HTMLInputElement>(`input[value=${name}]`)!
    control.checked = true
    const { offsetLeft, offsetWidth } = control.parentElement!
    const { scrollLeft, clientWidth } = this.#place
    if (offsetLeft < scrollLeft || offsetLeft + offsetWidth > scrollLeft + clientWidth) {
      this.#place.scrollLeft = offsetLeft + (offsetWidth - clientWidth) / 2
    }
  }

  /** Draws the curve of an activation between the ends of x. */
  draw(name: string, { pieces }: Curve): void {
    const points = pieces.flat()
    const [low, high] = extent(points)
    const toX = (x: number): number => WIDTH / 2 + (x / TILE_EDGE / 2) * (WIDTH - 4)
    const toY = (y: number): number => HEIGHT - 3 - ((y - low) / (high - low || 1)) * (HEIGHT - 6)
    this.#pictures
      .get(name)!
      .replaceChildren(
        ...pieces.map(piece => svg('path', { d: pathThrough(piece.map(({ x, y }) => [toX(x), toY(y)] as const)) })),
      )
  }

  #tile(name: string): HTMLElement {
    const label = document.createElement('label')
    label.className = 'tile'
    const control = document.createElement('input')
    control.type = 'radio'
    control.name = 'plot'
    control.value = name
    const picture = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, 'aria-hidden': 'true' })
    this.#pictures.set(name, picture)
    const text = document.createElement('span')
    text.textContent = name
    label.append(control, picture, text)
    return label
  }
}
