import uPlot from 'uplot'
import type { Curves, RunModel } from '../run/run-model.ts'
import { Disclosure, table } from './table.ts'
import { nameOf, percent, twoDigits } from './words.ts'

/** The line styles of the networks, after their colours: neither is told by colour alone. */
export const DASHES: readonly (readonly number[])[] = [[], [8, 4], [2, 3]]

/** The limits of a drawn loss: a log scale has no 0, and a network that diverges would flatten the others. */
const LEAST_LOSS = 1e-6
const LARGEST_LOSS = 1e3
const ROWS_OF_A_TABLE = 20

type Column = 'loss' | 'accuracy' | 'testLoss' | 'testAccuracy'
interface Line {
  readonly network: number
  readonly column: Column
}

/** Loss, on a log scale, and accuracy over steps: a line for each network, a fainter one for its test set. */
export class CurvesFigure {
  readonly element = document.createElement('div')
  readonly table = new Disclosure('All points', () => this.#describe())
  readonly #loss: Plot
  readonly #accuracy: Plot
  #model: RunModel | undefined

  constructor() {
    this.element.className = 'plots'
    this.#loss = new Plot('loss', 'Loss', ['loss', 'testLoss'])
    this.#accuracy = new Plot('accuracy', 'Right', ['accuracy', 'testAccuracy'])
    this.element.append(this.#loss.element, this.#accuracy.element)
  }

  draw(model: RunModel): void {
    this.#model = model
    this.#loss.draw(model)
    this.#accuracy.draw(model)
    this.table.update()
  }

  /** Draws anew, in other colours or another size. */
  redraw(): void {
    if (this.#model === undefined) return
    this.#loss.remake(this.#model)
    this.#accuracy.remake(this.#model)
  }

  #describe(): HTMLTableElement {
    const { curves, setup } = this.#model!
    const steps = stepsOf(curves)
    const every = Math.ceil(steps.length / ROWS_OF_A_TABLE)
    const shown = steps.filter((_, i) => i % every === 0 || i === steps.length - 1)
    const tested = curves.some(({ testLoss }) => testLoss.length > 0)
    const columns = setup.activations.flatMap(choice => [
      `${nameOf(choice)}: loss`,
      'right',
      ...(tested ? ['test loss', 'right in the test'] : []),
    ])
    const rows = shown.map(step => [
      String(step),
      ...curves.flatMap(curve => {
        const at = curve.steps.indexOf(step)
        const cells = [twoDigits(curve.loss[at] ?? NaN), percent(curve.accuracy[at] ?? NaN)]
        return tested ? [...cells, twoDigits(curve.testLoss[at] ?? NaN), percent(curve.testAccuracy[at] ?? NaN)] : cells
      }),
    ])
    return table('Loss and share right by step', ['step', ...columns], rows)
  }
}

class Plot {
  readonly element = document.createElement('div')
  readonly #kind: 'loss' | 'accuracy'
  readonly #columns: readonly Column[]
  readonly #place = document.createElement('div')
  readonly #title: string
  #plot: uPlot | undefined
  #lines: readonly Line[] = []
  #end = 0
  #width = 0

  constructor(kind: 'loss' | 'accuracy', title: string, columns: readonly Column[]) {
    this.#kind = kind
    this.#title = title
    this.#columns = columns
    const heading = document.createElement('p')
    heading.className = 'chart-title'
    heading.textContent = kind === 'loss' ? 'Loss over steps, log scale' : 'Share right'
    this.#place.className = 'plot'
    this.#place.setAttribute('role', 'img')
    this.#place.setAttribute('aria-label', `${title}, nothing yet`)
    this.element.append(heading, this.#place)
  }

  draw(model: RunModel): void {
    const lines = linesOf(model.curves, this.#columns)
    const isSame =
      JSON.stringify(lines) === JSON.stringify(this.#lines) &&
      model.end === this.#end &&
      this.#place.clientWidth === this.#width
    this.#lines = lines
    this.#end = model.end
    if (isSame && this.#plot !== undefined) this.#plot.setData(dataOf(model.curves, lines))
    else this.remake(model)
    const last = model.setup.activations.map((choice, i) => {
      const value = model.curves[i]![this.#columns[0]!].at(-1) ?? NaN
      return `${nameOf(choice)} ${this.#kind === 'loss' ? twoDigits(value) : percent(value)}`
    })
    this.#place.setAttribute('aria-label', `${this.#title} at step ${model.step}: ${last.join(', ')}`)
  }

  remake(model: RunModel): void {
    this.#plot?.destroy()
    this.#plot = undefined
    this.#width = this.#place.clientWidth
    if (this.#width === 0) return
    this.#plot = new uPlot(this.#options(), dataOf(model.curves, this.#lines), this.#place)
  }

  #options(): uPlot.Options {
    const style = getComputedStyle(this.#place)
    const colour = (name: string): string => style.getPropertyValue(name).trim()
    const rule = colour('--rule')
    const axis = {
      stroke: colour('--quiet'),
      font: `11px ${style.fontFamily}`,
      grid: { stroke: rule, width: 1 },
      ticks: { stroke: rule, width: 1, size: 4 },
    }
    const isLoss = this.#kind === 'loss'
    return {
      width: this.#width,
      height: this.#place.clientHeight,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: [0, Math.max(1, this.#end)] },
        y: isLoss ? { distr: 3, log: 10, range: (_, min, max) => lossRange(min, max) } : { range: [0, 1] },
      },
      axes: [
        { ...axis, size: 26, space: 60 },
        isLoss
          ? {
              ...axis,
              size: 46,
              splits: (_, __, min, max) => decades(min, max),
              filter: (_, splits) => splits,
              values: (_, splits) => splits.map(twoDigits),
            }
          : { ...axis, size: 46, splits: () => [0, 0.25, 0.5, 0.75, 1], values: (_, splits) => splits.map(percent) },
      ],
      series: [
        {},
        ...this.#lines.map(({ network, column }) => {
          const isTest = column.startsWith('test')
          return {
            stroke: colour(`--lab-${network + 1}`),
            width: isTest ? 1 : 2,
            dash: [...DASHES[network]!],
            alpha: isTest ? 0.7 : 1,
            points: { show: (plot: uPlot) => plot.data[0].length < 2, size: 5 },
          }
        }),
      ],
    }
  }
}

function linesOf(curves: readonly Curves[], columns: readonly Column[]): readonly Line[] {
  return curves.flatMap((curve, network) =>
    columns
      .filter(column => !column.startsWith('test') || curve[column].length > 0)
      .map(column => ({ network, column })),
  )
}

function stepsOf(curves: readonly Curves[]): number[] {
  return [...new Set(curves.flatMap(({ steps }) => steps))].toSorted((a, b) => a - b)
}

function dataOf(curves: readonly Curves[], lines: readonly Line[]): uPlot.AlignedData {
  const steps = stepsOf(curves)
  const values = lines.map(({ network, column }) => {
    const curve = curves[network]!
    const byStep = new Map(curve.steps.map((step, i) => [step, curve[column][i]!]))
    const drawn = (value: number): number => (column.endsWith('oss') ? Math.max(LEAST_LOSS, value) : value)
    return steps.map(step => {
      const value = byStep.get(step)
      return value === undefined || !Number.isFinite(value) ? null : drawn(value)
    })
  })
  return [steps, ...values]
}

function lossRange(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [0.1, 10]
  const lowest = Math.floor(Math.log10(Math.min(min, LARGEST_LOSS / 10)) + 1e-9)
  const highest = Math.ceil(Math.log10(Math.min(max, LARGEST_LOSS)) - 1e-9)
  return [10 ** lowest, 10 ** Math.max(highest, lowest + 1)]
}

/** The powers of ten within a range, at most six of them. */
function decades(min: number, max: number): number[] {
  const [first, last] = [Math.round(Math.log10(min)), Math.round(Math.log10(max))]
  const every = Math.ceil((last - first + 1) / 6)
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i).filter(
    power => (last - power) % every === 0,
  )
  return powers.map(power => Number(`1e${power}`))
}
