import uPlot from 'uplot'
import { formatElements, formatMeasured } from '../../../support/format.ts'
import { isPeer, type Row } from '../../../measure/rows.ts'

/** The line styles: one for each processor and place of the data. */
const WAYS = [
  { name: 'WebGPU, resident', processor: 'webgpu', residency: 'resident', dash: [], width: 2.5 },
  { name: 'WebGPU, round trip', processor: 'webgpu', residency: 'roundtrip', dash: [9, 5], width: 2 },
  { name: 'CPU', processor: 'cpu', residency: 'roundtrip', dash: [2, 4], width: 2 },
  { name: 'CPU, in place', processor: 'cpu', residency: 'resident', dash: [12, 3, 2, 3], width: 2 },
] as const

interface Series {
  readonly kernel: string
  readonly colour: string
  readonly way: (typeof WAYS)[number]
  readonly rates: Map<number, number>
}

/** GB/s over size: a colour for each kernel, a line style for each way of running it. The legend is a table. */
export class Chart {
  readonly #place: HTMLElement
  readonly #legend: HTMLTableElement
  readonly #hidden = new Set<string>()
  #rows: Row[] = []
  #plot: uPlot | undefined
  #sizes: number[] = []
  #series: Series[] = []
  #pending = false

  constructor(place: HTMLElement, legend: HTMLTableElement) {
    this.#place = place
    this.#legend = legend
    const redraw = (): void => this.#schedule()
    new ResizeObserver(redraw).observe(place)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)
  }

  clear(): void {
    this.#rows = []
    this.#hidden.clear()
    this.#schedule()
  }

  add(row: Row): void {
    if (row.gigabytesPerSecond === undefined || !isDrawn(row)) return
    this.#rows.push(row)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#pending) return
    this.#pending = true
    requestAnimationFrame(() => {
      this.#pending = false
      this.#draw()
    })
  }

  #draw(): void {
    this.#plot?.destroy()
    this.#plot = undefined
    this.#series = this.#collect()
    this.#sizes = [...new Set(this.#rows.map(({ elements }) => elements))].toSorted((a, b) => a - b)
    this.#place.hidden = this.#rows.length === 0
    this.#drawLegend()
    if (this.#rows.length === 0) return

    const style = getComputedStyle(this.#place)
    const ink = style.getPropertyValue('--quiet')
    const rule = style.getPropertyValue('--rule')
    const font = `12px ${style.fontFamily}`
    const axis = { stroke: ink, font, grid: { stroke: rule, width: 1 }, ticks: { stroke: rule, width: 1, size: 5 } }
    const width = this.#place.clientWidth
    // A label takes about 48 pixels.
    const every = Math.ceil(this.#sizes.length / Math.max(1, Math.floor((width - 70) / 48)))
    const labelled = this.#sizes.filter((_, i) => (this.#sizes.length - 1 - i) % every === 0)
    const options: uPlot.Options = {
      width,
      height: Math.round(Math.min(400, Math.max(260, width * 0.5))),
      legend: { show: false },
      cursor: { y: false, drag: { setScale: false, x: false, y: false }, points: { size: 8 } },
      scales: {
        x: { time: false, distr: 3, log: 2, range: (_, min, max) => [min / 1.3, max * 1.3] },
        y: { distr: 3, log: 10, range: (_, min, max) => decades(min, max) },
      },
      axes: [
        {
          ...axis,
          size: 34,
          splits: () => labelled,
          values: (_, splits) => splits.map(formatElements),
          filter: (_, splits) => splits,
        },
        {
          ...axis,
          size: (plot, labels) => labelSpace(plot, labels, font),
          splits: (_, __, min, max) => powersOfTen(min, max),
          values: (_, splits) => splits.map(String),
          filter: (_, splits) => splits,
        },
      ],
      series: [
        {},
        ...this.#series.map(series => ({
          label: nameOf(series),
          stroke: series.colour,
          width: series.way.width,
          dash: [...series.way.dash],
          show: !this.#hidden.has(nameOf(series)),
          spanGaps: true,
          points: { show: true, size: 6, fill: series.colour },
        })),
      ],
      hooks: { setCursor: [plot => this.#showValues(plot.cursor.idx ?? undefined)] },
    }
    const data = this.#series.map(({ rates }) => this.#sizes.map(size => rates.get(size) ?? null))
    this.#plot = new uPlot(options, [this.#sizes, ...data], this.#place)
  }

  #collect(): Series[] {
    const style = getComputedStyle(this.#place)
    const kernels = [...new Set(this.#rows.map(kernelOf))]
    const coloured = kernels.filter(kernel => kernel !== 'copy')
    return kernels.flatMap(kernel => {
      const variable = kernel === 'copy' ? '--series-copy' : `--series-${(coloured.indexOf(kernel) % 8) + 1}`
      const colour = style.getPropertyValue(variable)
      return WAYS.flatMap(way => {
        const rows = this.#rows.filter(
          row => kernelOf(row) === kernel && row.processor === way.processor && row.residency === way.residency,
        )
        const rates = new Map(rows.map(row => [row.elements, row.gigabytesPerSecond!]))
        return rows.length === 0 ? [] : [{ kernel, colour, way, rates }]
      })
    })
  }

  #drawLegend(): void {
    const kernels = [...new Set(this.#series.map(({ kernel }) => kernel))]
    const ways = WAYS.filter(way => this.#series.some(series => series.way === way))
    const head = document.createElement('thead')
    const titles = head.insertRow()
    titles.append(headCell(''), ...ways.map(({ name }) => headCell(name)))
    const body = document.createElement('tbody')
    for (const kernel of kernels) {
      const line = body.insertRow()
      const title = headCell(kernel)
      title.scope = 'row'
      line.append(title)
      for (const way of ways) {
        const series = this.#series.find(one => one.kernel === kernel && one.way === way)
        const cell = line.insertCell()
        if (series !== undefined) cell.append(this.#toggle(series))
      }
    }
    this.#legend.tHead?.remove()
    this.#legend.tBodies[0]?.remove()
    this.#legend.append(head, body)
    this.#legend.hidden = this.#series.length === 0
    this.#showValues(undefined)
  }

  #toggle(series: Series): HTMLButtonElement {
    const name = nameOf(series)
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'series'
    button.dataset['series'] = name
    button.title = `Show or hide ${name}`
    button.setAttribute('aria-pressed', String(!this.#hidden.has(name)))
    button.innerHTML =
      '<svg width="30" height="10" aria-hidden="true"><line x1="1" y1="5" x2="29" y2="5" /></svg><span></span>'
    const line = button.querySelector('line')
    line?.setAttribute('stroke', series.colour)
    line?.setAttribute('stroke-width', String(series.way.width))
    line?.setAttribute('stroke-dasharray', series.way.dash.join(' '))
    button.addEventListener('click', () => {
      if (!this.#hidden.delete(name)) this.#hidden.add(name)
      button.setAttribute('aria-pressed', String(!this.#hidden.has(name)))
      this.#plot?.setSeries(this.#series.indexOf(series) + 1, { show: !this.#hidden.has(name) })
    })
    return button
  }

  /** Writes the rates of one size into the legend: the size under the pointer, or the largest. */
  #showValues(index: number | undefined): void {
    const size = this.#sizes[index ?? this.#sizes.length - 1]
    const caption = size === undefined ? '' : `GB/s at ${formatElements(size)} elements`
    this.#legend.createCaption().textContent = caption
    for (const button of this.#legend.querySelectorAll<HTMLButtonElement>('button.series')) {
      const series = this.#series.find(one => nameOf(one) === button.dataset['series'])
      const rate = size === undefined ? undefined : series?.rates.get(size)
      const text = rate === undefined ? '–' : formatMeasured(rate)
      button.querySelector('span')!.textContent = text
      button.setAttribute('aria-label', `${button.dataset['series']}: ${text} GB/s`)
    }
  }
}

/** Limits the chart to lines that can be read: of the copies to those that are nearest to the kernels. The table has all rows. */
function isDrawn(row: Row): boolean {
  if (row.library === 'copy') return row.direction === 'forward' && row.activation !== 'copyBufferToBuffer'
  return !isPeer(row) && row.output !== 'out'
}

function kernelOf({ library, activation, direction }: Row): string {
  return library === 'copy' ? 'copy' : `${activation} ${direction}`
}

function nameOf({ kernel, way }: Series): string {
  return `${kernel}, ${way.name}`
}

function headCell(text: string): HTMLTableCellElement {
  const cell = document.createElement('th')
  cell.scope = 'col'
  cell.textContent = text
  return cell
}

/** The width of an axis: its labels, ticks and gaps. */
function labelSpace({ ctx }: uPlot, labels: readonly string[] | null, font: string): number {
  ctx.font = font
  return 16 + Math.ceil(Math.max(0, ...(labels ?? []).map(label => ctx.measureText(label).width)))
}

function decades(min: number, max: number): [number, number] {
  return [10 ** Math.floor(Math.log10(min)), 10 ** Math.ceil(Math.log10(max) + 1e-9)]
}

function powersOfTen(min: number, max: number): number[] {
  const first = Math.round(Math.log10(min))
  return Array.from({ length: Math.round(Math.log10(max)) - first + 1 }, (_, i) => Number(`1e${first + i}`))
}
