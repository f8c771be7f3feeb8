import { extent, trace } from './curve.ts'
import type { Drawable } from './drawing.ts'
import { pathThrough, svg } from './svg.ts'

const WIDTH = 72
const HEIGHT = 32
// Enough to see what each one does around zero.
const FURTHEST = 4

/** A small picture of every activation, to choose one by. */
export class Gallery {
  readonly #place: HTMLElement
  readonly #pictures = new Map<string, Element>()

  constructor(place: HTMLElement, names: readonly string[]) {
    this.#place = place
    place.append(...names.map(name => this.#tile(name)))
  }

  /** Marks the one that is chosen, and brings it into view where the gallery scrolls. */
  choose(name: string): void {
    const control = this.#place.querySelector<HTMLInputElement>(`input[value=${name}]`)!
    control.checked = true
    const { offsetLeft, offsetWidth } = control.parentElement!
    const { scrollLeft, clientWidth } = this.#place
    if (offsetLeft < scrollLeft || offsetLeft + offsetWidth > scrollLeft + clientWidth) {
      this.#place.scrollLeft = offsetLeft + (offsetWidth - clientWidth) / 2
    }
  }

  /** Draws one in its place. */
  draw({ name, reference }: Drawable): void {
    const { pieces } = trace(reference.forward, -FURTHEST, FURTHEST, 10)
    const points = pieces.flat()
    const [low, high] = extent(points)
    const toX = (x: number): number => WIDTH / 2 + (x / FURTHEST / 2) * (WIDTH - 4)
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
