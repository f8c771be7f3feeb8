import { type Curve, extent } from './curve.ts'
import { pathThrough, svg } from '../../../support/svg.ts'

const WIDTH = 72
const HEIGHT = 32
/** The ends of x in a picture. Activations differ around zero. */
export const TILE_EDGE = 4

/** Activations that belong together. */
interface Family {
  readonly title: string
  readonly activations: readonly { readonly name: string }[]
}

/** Small pictures of all activations, as radio buttons, in families. */
export class Gallery {
  readonly #place: HTMLElement
  readonly #pictures = new Map<string, Element>()

  constructor(place: HTMLElement, families: readonly Family[]) {
    this.#place = place
    place.append(...families.map(family => this.#family(family)))
  }

  /** Checks an activation, and scrolls it into view. */
  choose(name: string): void {
    const control = this.#place.querySelector<HTMLInputElement>(`input[value=${name}]`)!
    control.checked = true
    const [tile, place] = [control.parentElement!, this.#place].map(one => one.getBoundingClientRect()) as [
      DOMRect,
      DOMRect,
    ]
    if (tile.left < place.left || tile.right > place.right) {
      this.#place.scrollLeft += tile.left - place.left + (tile.width - place.width) / 2
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

  #family({ title, activations }: Family): HTMLElement {
    const family = document.createElement('div')
    family.className = 'family'
    family.setAttribute('role', 'group')
    family.setAttribute('aria-label', title)
    const heading = document.createElement('p')
    heading.className = 'family-title'
    heading.textContent = title
    const tiles = document.createElement('div')
    tiles.className = 'tiles'
    tiles.append(...activations.map(({ name }) => this.#tile(name)))
    family.append(heading, tiles)
    return family
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
    // A long name may go on in a second line, before a capital.
    const [first = '', ...others] = name.split(/(?=[A-Z])/)
    text.append(first, ...others.flatMap(part => [document.createElement('wbr'), part]))
    label.append(control, picture, text)
    return label
  }
}
