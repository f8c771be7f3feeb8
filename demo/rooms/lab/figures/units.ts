import type { Inspection } from '../../../lab/protocol.ts'
import type { RunModel } from '../run/run-model.ts'
import { Disclosure, table } from './table.ts'
import { nameOf, percent } from './words.ts'

const LARGEST_CELL = 16
const SMALLEST_CELL = 4
/** The largest height of a network's cells, so that the page keeps its height. */
const MOST_HEIGHT = 104
const GAP_BETWEEN_LAYERS = 3

interface Network {
  readonly title: string
  readonly inspection: Inspection
}

/** A cell for each unit: filled as high as the share of examples for which it is open; hatched where no gradient comes. */
export class UnitsFigure {
  readonly element = document.createElement('div')
  readonly #blocks = document.createElement('div')
  readonly #table: Disclosure
  #networks: readonly Network[] = []

  constructor() {
    this.element.className = 'units'
    this.#blocks.className = 'blocks'
    this.#table = new Disclosure('The units as a table', () => this.#describe())
    this.element.append(this.#blocks, this.#table.element)
  }

  draw({ before, networks, setup }: RunModel): void {
    this.#networks = [
      ...(before === undefined ? [] : [{ title: 'before', inspection: before }]),
      ...networks.map((inspection, i) => ({ title: nameOf(setup.activations[i]!), inspection })),
    ]
    while (this.#blocks.children.length > this.#networks.length) this.#blocks.lastElementChild!.remove()
    while (this.#blocks.children.length < this.#networks.length) this.#blocks.append(block())
    this.#blocks.style.setProperty('--blocks', String(this.#networks.length))
    const width = this.#blocks.firstElementChild?.clientWidth ?? 0
    const size = cellSize(this.#networks, width)
    this.#networks.forEach(({ title, inspection }, i) => {
      const [caption, canvas] = this.#blocks.children[i]!.children as unknown as [HTMLElement, HTMLCanvasElement]
      const counts = countsOf(inspection)
      caption.textContent = `${title}: ${counts}`
      canvas.setAttribute('aria-label', `Units of ${title}: ${counts}`)
      if (width > 0) drawCells(canvas, inspection, size, Math.floor(width / size))
    })
    this.#table.update()
  }

  #describe(): HTMLTableElement {
    const units = Math.max(
      0,
      ...this.#networks.flatMap(({ inspection }) => inspection.layers.map(({ open }) => open.length)),
    )
    const columns = Array.from({ length: units }, (_, i) => String(i + 1))
    const rows = this.#networks.flatMap(({ title, inspection }) =>
      inspection.layers.map(({ open, gradientless }, layer) => [
        `${title}, layer ${layer + 1}`,
        ...columns.map((_, unit) => percent(open[unit]!) + (gradientless[unit] === 1 ? ', no gradient' : '')),
      ]),
    )
    return table('How often each unit is open', ['unit', ...columns], rows)
  }
}

/** `15 of 32 shut`, and where those are not the ones without gradient `, 4 dead`. */
function countsOf({ layers }: Inspection): string {
  const units = layers.reduce((sum, { open }) => sum + open.length, 0)
  const shut = layers.reduce((sum, { open }) => sum + open.filter(share => share === 0).length, 0)
  const gradientless = layers.reduce((sum, layer) => sum + layer.gradientless.filter(flag => flag === 1).length, 0)
  return `${shut} of ${units} shut${gradientless === shut ? '' : `, ${gradientless}\u00a0dead`}`
}

function block(): HTMLElement {
  const element = document.createElement('div')
  const caption = document.createElement('p')
  const canvas = document.createElement('canvas')
  canvas.setAttribute('role', 'img')
  element.append(caption, canvas)
  return element
}

/** The largest cells with which the highest network has its place. */
function cellSize(networks: readonly Network[], width: number): number {
  const heightOf = ({ inspection: { layers } }: Network, size: number): number =>
    layers.reduce(
      (sum, { open }) => sum + Math.ceil(open.length / Math.floor(width / size)) * size + GAP_BETWEEN_LAYERS,
      0,
    )
  let size = LARGEST_CELL
  while (size > SMALLEST_CELL && networks.some(network => heightOf(network, size) > MOST_HEIGHT)) size--
  return size
}

function drawCells(canvas: HTMLCanvasElement, { layers }: Inspection, size: number, columns: number): void {
  const style = getComputedStyle(canvas)
  const colour = (name: string): string => style.getPropertyValue(name).trim()
  const gap = size > 8 ? 2 : 1
  const lines = layers.map(({ open }) => Math.ceil(open.length / columns))
  const height = lines.reduce((sum, count) => sum + count * size + GAP_BETWEEN_LAYERS, 0)
  const context = sized(canvas, columns * size, height)
  let top = 0
  layers.forEach(({ open, gradientless }, layer) => {
    open.forEach((share, unit) => {
      const x = (unit % columns) * size + 0.5
      const y = top + Math.floor(unit / columns) * size + 0.5
      const side = size - gap - 1
      const isDead = gradientless[unit] === 1
      context.fillStyle = colour(isDead ? '--dead' : '--card')
      context.fillRect(x, y, side, side)
      context.fillStyle = colour('--unit')
      // A unit that is seldom open has to be seen.
      const filled = share === 0 ? 0 : Math.max(1.5, share * side)
      context.fillRect(x, y + side - filled, side, filled)
      context.strokeStyle = colour(isDead ? '--dead-edge' : '--edge')
      context.lineWidth = 1
      if (isDead) hatch(context, x, y, side)
      context.strokeRect(x, y, side, side)
    })
    top += lines[layer]! * size + GAP_BETWEEN_LAYERS
  })
}

function hatch(context: CanvasRenderingContext2D, x: number, y: number, side: number): void {
  // Closer lines run together.
  const distance = Math.max(4, side / 3)
  context.save()
  context.beginPath()
  context.rect(x, y, side, side)
  context.clip()
  context.beginPath()
  for (let offset = distance / 2; offset < 2 * side; offset += distance) {
    context.moveTo(x + offset, y)
    context.lineTo(x + offset - side, y + side)
  }
  context.stroke()
  context.restore()
}

/** A canvas of a size in CSS pixels, as sharp as the screen. */
export function sized(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = devicePixelRatio
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  canvas.style.width = `${width}px`
  canvas.style.height = `${height}px`
  const context = canvas.getContext('2d')!
  context.scale(ratio, ratio)
  return context
}
