import uPlot from 'uplot'
import { formatElements, formatMeasured } from '../../../support/format.ts'
import type { Row } from '../../../measure/rows.ts'
import { type Crossover, crossoverOf, formatRoughly } from './crossover.ts'
import { kernelOf } from './summary.ts'

/** The lines: a colour for each processor, a dash for each place of the data. */
const WAYS = [
  { name: 'WebGPU, resident', processor: 'webgpu', residency: 'resident', colour: '--series-1', dash: [], width: 2.5 },
  {
    name: 'WebGPU, round trip',
    processor: 'webgpu',
    residency: 'roundtrip',
    colour: '--series-1',
    dash: [9, 5],
    width: 2,
  },
  { name: 'CPU', processor: 'cpu', residency: 'roundtrip', colour: '--series-2', dash: [2, 4], width: 2 },
  {
    name: 'CPU, in place',
    processor: 'cpu',
    residency: 'resident',
    colour: '--series-2',
    dash: [12, 3, 2, 3],
    width: 2,
  },
] as const

const COPY = 'plain copy'

type Way = (typeof WAYS)[number]
type Rates = ReadonlyMap<number, number>

/** GB/s over size, of one activation in one direction: a line for each way of running it, and the copies as a band. */
export class Chart {
  readonly #place: HTMLElement
  readonly #legend: HTMLTableElement
  readonly #hidden = new Set<string>()
  #rows: readonly Row[] = []
  #kernel = ''
  #plot: uPlot | undefined
  #sizes: number[] = []
  #lines: { readonly way: Way; readonly rates: Rates }[] = []
  #copies: Rates[] = []
  #pending = false

  constructor(place: HTMLElement, legend: HTMLTableElement) {
    this.#place = place
    this.#legend = legend
    const redraw = (): void => this.#schedule()
    new ResizeObserver(redraw).observe(place)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)
    matchMedia('(forced-colors: active)').addEventListener('change', redraw)
  }

  /** Shows one kernel, such as `relu forward`, of some rows. */
  show(rows: readonly Row[], kernel: string): void {
    this.#rows = rows
    this.#kernel = kernel
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
    const own = this.#rows.filter(row => row.library === 'webgpu-activations' && kernelOf(row) === this.#kernel)
    this.#lines = WAYS.map(way => ({
      way,
      rates: ratesOf(own.filter(row => isOf(row, way) && row.output !== 'out')),
    })).filter(({ rates }) => rates.size > 0)
    this.#sizes = [...new Set(this.#lines.flatMap(({ rates }) => [...rates.keys()]))].toSorted((a, b) => a - b)
    this.#copies = this.#copiesOf()
    this.#place.hidden = this.#lines.length === 0
    this.#drawLegend()
    if (this.#lines.length > 0) this.#plot = this.#makePlot(own)
  }

  /** The rates of the copies beside this kernel, of each processor. */
  #copiesOf(): Rates[] {
    const direction = this.#kernel.split(' ')[1]
    const copies = this.#rows.filter(
      ({ library, activation }) => library === 'copy' && activation !== 'copyBufferToBuffer',
    )
    const onGpu = copies.filter(row => row.processor === 'webgpu' && row.direction === direction)
    return [onGpu, copies.filter(({ processor }) => processor === 'cpu')].map(ratesOf).filter(({ size }) => size > 0)
  }

  #makePlot(own: readonly Row[]): uPlot {
    const style = getComputedStyle(this.#place)
    const colourOf = (name: string): string => style.getPropertyValue(name)
    const rule = colourOf('--rule')
    const font = `12px ${style.fontFamily}`
    const axis = {
      stroke: colourOf('--quiet'),
      font,
      grid: { stroke: rule, width: 1 },
      ticks: { stroke: rule, width: 1, size: 5 },
    }
    const width = this.#place.clientWidth
    // A label takes about 48 pixels.
    const every = Math.ceil(this.#sizes.length / Math.max(1, Math.floor((width - 70) / 48)))
    const labelled = this.#sizes.filter((_, i) => (this.#sizes.length - 1 - i) % every === 0)
    // Lines alone set the scale: a copy within a cache is far above them.
    const rates = this.#lines.flatMap(line => [...line.rates.values()])
    const scale = decades(Math.min(...rates), Math.max(...rates))
    const copy = colourOf('--series-copy')
    const options: uPlot.Options = {
      width,
      height: Math.round(Math.min(400, Math.max(260, width * 0.5))),
      legend: { show: false },
      cursor: { y: false, drag: { setScale: false, x: false, y: false }, points: { size: 8 } },
      scales: {
        x: { time: false, distr: 3, log: 2, range: (_, min, max) => [min / 1.3, max * 1.3] },
        y: { distr: 3, log: 10, range: () => scale },
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
        ...this.#band().map(() => ({
          stroke: copy,
          width: 1,
          show: !this.#hidden.has(COPY),
          spanGaps: true,
          points: { show: false },
        })),
        ...this.#lines.map(({ way }) => ({
          label: way.name,
          stroke: colourOf(way.colour),
          width: way.width,
          dash: [...way.dash],
          show: !this.#hidden.has(way.name),
          spanGaps: true,
          points: { show: true, size: 6, fill: colourOf(way.colour) },
        })),
      ],
      ...(this.#band().length === 2 && { bands: [{ series: [1, 2] as [number, number], fill: translucent(copy) }] }),
      hooks: {
        setCursor: [plot => this.#showValues(plot.cursor.idx ?? undefined)],
        draw: [plot => drawCrossovers(plot, own, colourOf('--ink'), style.fontFamily)],
      },
    }
    const data = [...this.#band(), ...this.#lines.map(line => line.rates)].map(of =>
      this.#sizes.map(size => of.get(size) ?? null),
    )
    return new uPlot(options, [this.#sizes, ...data], this.#place)
  }

  /** The upper and the lower edge of the copies; one line where there is one copy. */
  #band(): Rates[] {
    const [one, other] = this.#copies
    if (one === undefined || other === undefined) return this.#copies
    const sizes = [...one.keys()].filter(size => other.has(size))
    return [Math.max, Math.min].map(
      pick => new Map(sizes.map(size => [size, pick(one.get(size)!, other.get(size)!)] as const)),
    )
  }

  #drawLegend(): void {
    const body = document.createElement('tbody')
    const names = [...this.#lines.map(({ way }) => way.name), ...(this.#copies.length > 0 ? [COPY] : [])]
    for (const name of names) {
      const line = body.insertRow()
      const title = document.createElement('th')
      title.scope = 'row'
      title.append(this.#toggle(name))
      line.append(title)
      line.insertCell().className = 'number'
    }
    this.#legend.tBodies[0]?.remove()
    this.#legend.append(body)
    this.#legend.hidden = names.length === 0
    this.#showValues(undefined)
  }

  #toggle(name: string): HTMLButtonElement {
    const way = WAYS.find(one => one.name === name)
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'series'
    button.dataset['series'] = name
    button.title = `Show or hide ${name}`
    button.setAttribute('aria-pressed', String(!this.#hidden.has(name)))
    button.innerHTML =
      way === undefined
        ? '<svg width="32" height="10" aria-hidden="true"><rect width="32" height="10" /></svg>'
        : '<svg width="32" height="10" aria-hidden="true"><line x1="1" y1="5" x2="31" y2="5" /></svg>'
    const style = getComputedStyle(this.#place)
    const line = button.querySelector('line')
    line?.setAttribute('stroke', style.getPropertyValue(way?.colour ?? '--series-copy'))
    line?.setAttribute('stroke-width', String(way?.width))
    line?.setAttribute('stroke-dasharray', (way?.dash ?? []).join(' '))
    button.querySelector('rect')?.setAttribute('fill', translucent(style.getPropertyValue('--series-copy')))
    button.append(name)
    button.addEventListener('click', () => {
      if (!this.#hidden.delete(name)) this.#hidden.add(name)
      this.#schedule()
    })
    return button
  }

  /** Writes the rates of one size into the legend: the size under the pointer, or the largest. */
  #showValues(index: number | undefined): void {
    const size = this.#sizes[index ?? this.#sizes.length - 1]
    this.#legend.createCaption().textContent = size === undefined ? '' : `GB/s at ${formatElements(size)} elements`
    const measured = (rates: Rates): string => {
      const rate = size === undefined ? undefined : rates.get(size)
      return rate === undefined ? '–' : formatMeasured(rate)
    }
    const texts = [...this.#lines.map(({ rates }) => measured(rates)), this.#copies.map(measured).join(' / ')]
    for (const [i, line] of [...(this.#legend.tBodies[0]?.rows ?? [])].entries()) line.cells[1]!.textContent = texts[i]!
  }
}

function isOf(row: Row, { processor, residency }: Way): boolean {
  return row.processor === processor && row.residency === residency
}

function ratesOf(rows: readonly Row[]): Rates {
  return new Map(
    rows.flatMap(({ elements, gigabytesPerSecond: rate }) => (rate === undefined ? [] : [[elements, rate] as const])),
  )
}

/** Marks the sizes from which on WebGPU is faster than the CPU with the data in the same place. */
function drawCrossovers(plot: uPlot, rows: readonly Row[], ink: string, family: string): void {
  const { ctx, bbox } = plot
  const scale = devicePixelRatio
  const marks = (['roundtrip', 'resident'] as const)
    .map(residency => crossoverOf(rows, residency))
    .filter((mark): mark is Crossover => mark !== undefined && mark.elements > 0 && mark.elements < Infinity)
  ctx.save()
  ctx.font = `${12 * scale}px ${family}`
  ctx.textAlign = 'left'
  ctx.textBaseline = 'alphabetic'
  ctx.fillStyle = ink
  ctx.strokeStyle = ink
  ctx.lineWidth = scale
  for (const [i, { residency, elements }] of marks.entries()) {
    const x = plot.valToPos(elements, 'x', true)
    const text = `${residency === 'roundtrip' ? 'arrays' : 'resident'}: WebGPU faster from ${formatRoughly(elements)}`
    ctx.setLineDash([4 * scale, 4 * scale])
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    // Beside its line, as far as there is room.
    const rightmost = bbox.left + bbox.width - ctx.measureText(text).width
    ctx.fillText(text, Math.min(x + 5 * scale, rightmost), bbox.top + (14 + 16 * i) * scale)
  }
  ctx.restore()
}

/** The width of an axis: its labels, ticks and gaps. */
function labelSpace({ ctx }: uPlot, labels: readonly string[] | null, font: string): number {
  ctx.font = font
  return 16 + Math.ceil(Math.max(0, ...(labels ?? []).map(label => ctx.measureText(label).width)))
}

function translucent(colour: string): string {
  return `color-mix(in srgb, ${colour} 25%, transparent)`
}

function decades(min: number, max: number): [number, number] {
  return [10 ** Math.floor(Math.log10(min)), 10 ** Math.ceil(Math.log10(max) + 1e-9)]
}

function powersOfTen(min: number, max: number): number[] {
  const first = Math.round(Math.log10(min))
  return Array.from({ length: Math.round(Math.log10(max)) - first + 1 }, (_, i) => Number(`1e${first + i}`))
}
