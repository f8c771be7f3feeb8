import { COMPARED, type ComparisonSetup, type NetworkStep } from '../../../lab/tensorflow/protocol.ts'
import { HOW_TO_GET_WEBGPU, softwareBadge, type Surroundings } from '../../../shell/environment.ts'
import { formatMeasured, formatWhole } from '../../../support/format.ts'
import { swatch } from '../figures/swatch.ts'
import { Disclosure, table } from '../figures/table.ts'
import { twoDigits } from '../figures/words.ts'
import { LossChart } from './loss-chart.ts'
import html from './panel.html?raw'
import { ComparisonThread } from './thread.ts'
import { findings, millisecondsOf, NETWORKS } from './words.ts'

const SECONDS_BETWEEN_WORDS = 8

const find = (id: string): HTMLElement => document.getElementById(`comparison-${id}`)!

/** A convolutional network under TensorFlow.js, trained with this library and without, side by side. */
export class ComparisonPanel {
  readonly #thread = new ComparisonThread(() => this.#schedule())
  readonly #chart = new LossChart()
  readonly #points = new Disclosure('All points', () => this.#describe())
  readonly #place: HTMLElement
  readonly #choose: HTMLSelectElement
  /** The adapter, once it is known. */
  #found: Surroundings | undefined
  #setup: ComparisonSetup
  #isScheduled = false
  #lastSpoken = -Infinity

  /**
   * @param place an empty element of the page
   * @param changed is called with the activation that the user chose
   */
  constructor(
    place: HTMLElement,
    setup: ComparisonSetup,
    surroundings: Promise<Surroundings>,
    changed: (activation: ComparisonSetup['activation']) => void,
  ) {
    place.innerHTML = html
    const title = place.querySelector('.chart-title')!
    title.after(this.#chart.element)
    title.before(softwareBadge(surroundings))
    place.append(this.#points.element)
    this.#place = place
    this.#setup = setup
    this.#choose = find('activation') as HTMLSelectElement
    this.#choose.append(...COMPARED.map(name => new Option(name)))
    this.#choose.addEventListener('change', () => changed(COMPARED[this.#choose.selectedIndex]!))
    find('run').addEventListener('click', () => this.#toggle())
    find('step').addEventListener('click', () => this.#go('step'))
    find('reset').addEventListener('click', () => this.#thread.reset(this.#setup))
    void surroundings.then(found => this.#begin(found))
    this.#draw()
  }

  /** Shows networks of a setup. Those that are shown already go on. */
  show(setup: ComparisonSetup): void {
    const isSame = JSON.stringify(setup) === JSON.stringify(this.#setup)
    this.#setup = setup
    if (!isSame && this.#isUsable) this.#thread.reset(setup)
    this.#schedule()
  }

  run(): void {
    if (!this.#thread.isRunning) this.#go('run')
  }

  pause(): void {
    this.#thread.ask('pause')
  }

  get #isUsable(): boolean {
    return this.#found !== undefined && this.#found.adapter !== null
  }

  #begin(found: Surroundings): void {
    this.#found = found
    if (this.#isUsable) this.#thread.reset(this.#setup)
    this.#draw()
  }

  #toggle(): void {
    if (this.#thread.isRunning) this.#thread.ask('pause')
    else this.#go('run')
  }

  /** Trains. At the end, or after a failure, it begins anew. */
  #go(how: 'run' | 'step'): void {
    if (!this.#isUsable) return
    const { steps, problem } = this.#thread
    if (steps.length >= this.#setup.steps || problem !== undefined) this.#thread.reset(this.#setup)
    this.#thread.ask(how)
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    requestAnimationFrame(() => {
      this.#isScheduled = false
      this.#draw()
    })
  }

  #draw(): void {
    const { steps, isRunning, problem } = this.#thread
    const wanted = this.#setup.steps
    this.#choose.value = this.#setup.activation
    const isPaused = !isRunning && steps.length > 0 && steps.length < wanted
    find('run').textContent = isRunning ? 'Pause' : isPaused ? 'Go on' : 'Run'
    for (const id of ['run', 'step', 'reset']) (find(id) as HTMLButtonElement).disabled = !this.#isUsable
    const missing = this.#found?.missing
    find('problem').textContent = missing === undefined ? (problem ?? '') : nothingToCompare(missing)
    this.#chart.draw(steps, wanted)
    this.#points.update()
    find('latest').replaceWith(this.#latest())
    for (const scroller of this.#place.querySelectorAll<HTMLElement>('.scroller')) makeReachable(scroller)
    const [verdict = 'No step yet', ...others] = findings(steps)
    find('verdict').textContent = verdict
    find('findings').textContent = others.join(' ')
    this.#say(isRunning && steps.length > 0)
  }

  /** Shows the progress. @param passing limits how often screen readers announce it */
  #say(passing: boolean): void {
    const { steps, version } = this.#thread
    const { seed, steps: wanted } = this.#setup
    const isLoading = version === undefined && this.#isUsable && this.#thread.problem === undefined
    const parts = isLoading
      ? ['loading TensorFlow.js …']
      : [
          `step ${formatWhole(steps.length)} of ${formatWhole(wanted)}`,
          `seed ${seed}`,
          ...(version === undefined ? [] : [`TensorFlow.js ${version}`]),
          ...(steps.length >= wanted ? ['done'] : []),
        ]
    const text = parts.join(' · ')
    if (find('progress').textContent === text) return
    find('progress').textContent = text
    const now = performance.now() / 1000
    if (passing && now - this.#lastSpoken < SECONDS_BETWEEN_WORDS) return
    this.#lastSpoken = now
    find('spoken').textContent = `${text}. ${find('verdict').textContent}`
  }

  /** The latest values, a column for each network. */
  #latest(): HTMLTableElement {
    const { steps } = this.#thread
    const values = NETWORKS.map(({ key }) => latestOf(steps.map(step => step[key])))
    const rows = ROWS.map((name, i) => [name, ...values.map(column => column[i]!)])
    const columns = NETWORKS.map(({ name }, i) => {
      const label = document.createElement('span')
      label.append(swatch(i), ` ${name}`)
      return label
    })
    const latest = table('The latest step', [`step ${steps.length}`, ...columns], rows)
    latest.id = 'comparison-latest'
    latest.caption!.className = 'visually-hidden'
    return latest
  }

  /** All losses, as a table. */
  #describe(): HTMLTableElement {
    const rows = this.#thread.steps.map((step, i) => [
      String(i + 1),
      ...NETWORKS.map(({ key }) => float32(step[key].loss)),
      twoDigits(Math.abs(step.with.loss - step.without.loss)),
    ])
    return table('Loss by step', ['step', ...NETWORKS.map(({ name }) => name), 'difference'], rows)
  }
}

const ROWS = ['loss', 'dispatches', "of them this library's", 'peak GPU memory', 'time, median'] as const

/** The cells of a network, in the order of ROWS. */
function latestOf(steps: readonly NetworkStep[]): readonly string[] {
  const last = steps.at(-1)
  if (last === undefined) return ROWS.map(() => '–')
  const peak = Math.max(...steps.map(({ peakBytes }) => peakBytes))
  const milliseconds = millisecondsOf(steps)
  return [
    float32(last.loss),
    formatWhole(last.dispatches),
    formatWhole(last.ours),
    `${formatWhole(Math.round(peak / 1024))} KiB`,
    Number.isNaN(milliseconds) ? '–' : `${formatMeasured(milliseconds)} ms`,
  ]
}

function nothingToCompare(missing: string): string {
  return (
    `No WebGPU here: ${missing}. This library works under the WebGPU backend of TensorFlow.js, so there is nothing to compare. ` +
    HOW_TO_GET_WEBGPU
  )
}

/** A loss with the digits that tell it from any other float32. */
function float32(loss: number): string {
  return String(Number(loss.toPrecision(9)))
}

/** Makes what overflows reachable by keyboard. */
function makeReachable(scroller: HTMLElement): void {
  if (scroller.scrollWidth > scroller.clientWidth) scroller.tabIndex = 0
  else scroller.removeAttribute('tabindex')
}
