import type { Surface } from '../../../lab/protocol.ts'
import type { RunModel } from '../run/run-model.ts'
import { Disclosure, table } from './table.ts'
import { sized } from './units.ts'
import { nameOf, percent } from './words.ts'

const LARGEST_SIDE = 176
const CELLS_OF_A_TABLE = 7
const CLASS_COLOURS = 8

/** Draws the class that each network sees at each point, with the examples: a disc for the first class, a square for the second, and so on. */
export class SurfaceFigure {
  readonly element = document.createElement('div')
  readonly #blocks = document.createElement('div')
  readonly #table: Disclosure
  #model: RunModel | undefined

  constructor() {
    this.#blocks.className = 'blocks'
    this.#table = new Disclosure('The surface as a table', () => this.#describe())
    this.element.append(this.#blocks, this.#table.element)
  }

  /** @returns false where the examples have more than two features, and there is nothing to draw */
  draw(model: RunModel): boolean {
    this.#model = model
    const { networks, setup, data, curves } = model
    const isDrawn = networks.length > 0 && networks.every(({ surface }) => surface !== null)
    if (!isDrawn) return false
    while (this.#blocks.children.length > networks.length) this.#blocks.lastElementChild!.remove()
    while (this.#blocks.children.length < networks.length) this.#blocks.append(block())
    this.#blocks.style.setProperty('--blocks', String(networks.length))
    networks.forEach(({ surface }, i) => {
      const [caption, canvas] = this.#blocks.children[i]!.children as unknown as [HTMLElement, HTMLCanvasElement]
      const title = `${nameOf(setup.activations[i]!)}: ${percent(curves[i]!.accuracy.at(-1) ?? NaN)} right`
      caption.textContent = title
      canvas.setAttribute('aria-label', `Decision surface of ${title}`)
      const side = Math.min(LARGEST_SIDE, caption.clientWidth)
      if (side > 0) drawSurface(canvas, surface!, data.points, side)
    })
    this.#table.update()
    return true
  }

  #describe(): Node {
    const { networks, setup } = this.#model!
    const all = document.createElement('div')
    networks.forEach(({ surface }, i) => {
      if (surface === null) return
      const { side, extent, classes, probabilities } = surface
      const places = Array.from({ length: CELLS_OF_A_TABLE }, (_, k) =>
        Math.round((k * (side - 1)) / (CELLS_OF_A_TABLE - 1)),
      )
      const coordinate = (k: number): string => (extent * ((2 * k) / (side - 1) - 1)).toFixed(1)
      const rows = places
        .toReversed()
        .map(y => [
          `y ${coordinate(y)}`,
          ...places.map(x => `${classes[y * side + x]! + 1} (${percent(probabilities[y * side + x]!)})`),
        ])
      const caption = `${nameOf(setup.activations[i]!)}: the class, and its probability`
      all.append(table(caption, ['y, x', ...places.map(x => `x ${coordinate(x)}`)], rows))
    })
    return all
  }
}

function block(): HTMLElement {
  const element = document.createElement('div')
  const caption = document.createElement('p')
  const canvas = document.createElement('canvas')
  canvas.setAttribute('role', 'img')
  element.append(caption, canvas)
  return element
}

type Points = RunModel['data']['points']

function drawSurface(canvas: HTMLCanvasElement, surface: Surface, points: Points, size: number): void {
  const { side, extent, classes, probabilities } = surface
  const style = getComputedStyle(canvas)
  const colour = (name: string): string => style.getPropertyValue(name).trim()
  const colours = Array.from({ length: CLASS_COLOURS }, (_, i) => colour(`--series-${i + 1}`))
  const context = sized(canvas, size, size)
  context.fillStyle = colour('--card')
  context.fillRect(0, 0, size, size)
  const cell = size / side
  for (let i = 0; i < classes.length; i++) {
    const probability = probabilities[i]!
    if (Number.isNaN(probability)) continue
    context.globalAlpha = 0.08 + 0.4 * Math.max(0, 2 * probability - 1)
    context.fillStyle = colours[classes[i]! % CLASS_COLOURS]!
    const [x, y] = [i % side, side - 1 - Math.floor(i / side)]
    // Cells that overlap, or leave a gap, would show as lines.
    const [left, top] = [Math.round(x * cell), Math.round(y * cell)]
    context.fillRect(left, top, Math.round((x + 1) * cell) - left, Math.round((y + 1) * cell) - top)
  }
  context.globalAlpha = 1
  if (points === null) return
  context.strokeStyle = colour('--card')
  context.lineWidth = 0.75
  const place = (value: number): number => ((value / extent + 1) / 2) * size
  points.labels.forEach((label, i) => {
    const x = place(points.values[2 * i]!)
    const y = size - place(points.values[2 * i + 1]!)
    context.fillStyle = colours[label % CLASS_COLOURS]!
    context.beginPath()
    if (label % 2 === 0) context.arc(x, y, 2.2, 0, 2 * Math.PI)
    else context.rect(x - 2, y - 2, 4, 4)
    context.fill()
    context.stroke()
  })
}
