import uPlot from 'uplot'
import type { ComparisonStep } from '../../../lab/tensorflow/protocol.ts'
import { DASHES } from '../figures/curves.ts'
import { twoDigits } from '../figures/words.ts'
import { NETWORKS } from './words.ts'

/** The widths of the lines: they cover each other, and the dashes of the second lie on the first. */
const WIDTHS = [4, 2] as const

/** The distances of the marks below the chart: there are no halves of steps. */
const WHOLE_STEPS = [1, 10, 100, 1000, 10_000].flatMap(power => [power, 2 * power, 5 * power])

/** The losses of the two networks over steps. */
export class LossChart {
  readonly element = document.createElement('div')
  #plot: uPlot | undefined
  #width = 0
  #steps: readonly ComparisonStep[] = []
  #wanted = 1

  constructor() {
    this.element.className = 'plot'
    this.element.setAttribute('role', 'img')
    this.element.setAttribute('aria-label', 'Loss, nothing yet')
    new ResizeObserver(() => this.#remake()).observe(this.element)
    for (const colours of ['(prefers-color-scheme: dark)', '(forced-colors: active)']) {
      matchMedia(colours).addEventListener('change', () => this.#remake())
    }
  }

  /** @param wanted the number of steps of the whole run */
  draw(steps: readonly ComparisonStep[], wanted: number): void {
    const isSame = wanted === this.#wanted && this.element.clientWidth === this.#width
    this.#steps = steps
    this.#wanted = wanted
    if (isSame && this.#plot !== undefined) this.#plot.setData(this.#data())
    else this.#remake()
    const last = steps.at(-1)
    const losses = NETWORKS.map(({ key, name }) => `${name} ${twoDigits(last?.[key].loss ?? NaN)}`)
    const text = last === undefined ? 'nothing yet' : `at step ${steps.length}: ${losses.join(', ')}`
    this.element.setAttribute('aria-label', `Loss, ${text}`)
  }

  #data(): uPlot.AlignedData {
    const losses = NETWORKS.map(({ key }) => this.#steps.map(step => step[key].loss))
    return [this.#steps.map((_, i) => i + 1), ...losses]
  }

  #remake(): void {
    this.#plot?.destroy()
    this.#plot = undefined
    this.#width = this.element.clientWidth
    if (this.#width > 0) this.#plot = new uPlot(this.#options(), this.#data(), this.element)
  }

  #options(): uPlot.Options {
    const style = getComputedStyle(this.element)
    const colour = (name: string): string => style.getPropertyValue(name).trim()
    const rule = colour('--rule')
    const axis = {
      stroke: colour('--quiet'),
      font: `11px ${style.fontFamily}`,
      grid: { stroke: rule, width: 1 },
      ticks: { stroke: rule, width: 1, size: 4 },
    }
    return {
      width: this.#width,
      height: this.element.clientHeight,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: [0, Math.max(1, this.#wanted)] },
        y: { range: (_, __, max) => [0, 1.05 * Math.max(max, 1)] },
      },
      axes: [
        { ...axis, size: 26, space: 60, incrs: [...WHOLE_STEPS] },
        { ...axis, size: 46, values: (_, splits) => splits.map(twoDigits) },
      ],
      series: [
        {},
        ...NETWORKS.map((_, i) => ({
          stroke: colour(`--lab-${i + 1}`),
          width: WIDTHS[i]!,
          dash: [...DASHES[i]!],
          points: { show: (plot: uPlot) => plot.data[0].length < 2, size: 5 },
        })),
      ],
    }
  }
}
