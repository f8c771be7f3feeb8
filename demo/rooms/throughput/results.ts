import { softwareBadge } from '../../shell/environment.ts'
import { formatElements, formatMeasured } from '../../support/format.ts'
import type { Row } from '../../measure/rows.ts'
import { Chart } from './report/chart.ts'
import { crossoverOf, describeCrossover, formatRoughly } from './report/crossover.ts'
import { copyMarkdown, downloadJson } from './report/exports.ts'
import { choiceOf, describeAdapter } from './report/report.ts'
import {
  conclude,
  describeFactor,
  kernelOf,
  type KernelSummary,
  summarizeKernels,
  timesAsFast,
} from './report/summary.ts'
import { ResultTable } from './report/table.ts'
import type { Run } from './runs.ts'

const find = (id: string): HTMLElement => document.getElementById(id)!

/** The part of the room that shows one run, beside another one if there are several. */
export class ResultsView {
  readonly #section = find('results')
  readonly #table = new ResultTable(find('table') as HTMLTableElement, find('scroller'))
  readonly #chart = new Chart(find('plot'), find('legend') as HTMLTableElement)
  readonly #kernels = find('kernel') as HTMLSelectElement
  readonly #shownRun = find('shown-run') as HTMLSelectElement
  readonly #otherRun = find('other-run') as HTMLSelectElement
  readonly #programOf: (kernel: string) => string | undefined
  #runs: readonly Run[] = []
  #run: Run | undefined
  #other: Run | undefined
  #pending = false

  /** @param programOf the WGSL that ran for a kernel, such as `relu forward`; undefined where none did */
  constructor(programOf: (kernel: string) => string | undefined) {
    this.#programOf = programOf
    this.#kernels.addEventListener('change', () => this.#showKernel())
    this.#shownRun.addEventListener('change', () => this.show(this.#runs, this.#numbered(this.#shownRun)))
    this.#otherRun.addEventListener('change', () => {
      this.#other = this.#numbered(this.#otherRun)
      this.#showTable()
    })
    find('copy').addEventListener('click', () => {
      if (this.#run !== undefined) void copyMarkdown(this.#run).then(sayExported)
    })
    find('download').addEventListener('click', () => {
      if (this.#run !== undefined) sayExported(downloadJson(this.#run))
    })
    find('to-method').addEventListener('click', event => {
      // The address keeps its choices alone.
      event.preventDefault()
      const method = find('method') as HTMLDetailsElement
      method.open = true
      method.scrollIntoView()
      method.querySelector('summary')!.focus()
    })
  }

  /** Shows one of some runs, or nothing. */
  show(runs: readonly Run[], run: Run | undefined): void {
    this.#runs = runs
    this.#run = run
    this.#section.hidden = run === undefined
    if (run === undefined) return
    if (this.#other !== undefined && (this.#other === run || !runs.includes(this.#other))) this.#other = undefined
    const option = (one: Run): HTMLOptionElement => new Option(one.title, String(one.number))
    this.#shownRun.replaceChildren(...runs.map(option))
    this.#shownRun.value = String(run.number)
    this.#otherRun.replaceChildren(new Option('nothing', ''), ...runs.filter(one => one !== run).map(option))
    this.#otherRun.value = String(this.#other?.number ?? '')
    find('several-runs').hidden = runs.length < 2
    find('choice').textContent = choiceOf(run.environment)
    const badges = [find('results-badge'), find('chart-badge')]
    for (const badge of badges) badge.replaceChildren(softwareBadge(Promise.resolve(run.environment)))
    sayExported('')
    this.#showTable()
    this.#summarize()
  }

  /** Shows a row that was added to the run. */
  add(row: Row): void {
    this.#table.add(row)
    // Rows come in groups.
    if (this.#pending) return
    this.#pending = true
    queueMicrotask(() => {
      this.#pending = false
      this.#summarize()
    })
  }

  finish(): void {
    this.#table.finish()
  }

  #numbered({ value }: HTMLSelectElement): Run | undefined {
    return this.#runs.find(({ number }) => String(number) === value)
  }

  #showTable(): void {
    const run = this.#run!
    this.#table.show(run.rows, run.hasPeers, this.#other)
    const { adapter } = run.environment
    const where = adapter === null ? 'the CPU alone' : describeAdapter(adapter)
    find('about-table').textContent =
      `Medians of ${run.runs} timed runs on ${where}. The clock runs from call to result; for resident data on WebGPU from submit to done, or from call to done for other libraries.`
  }

  #summarize(): void {
    const { rows, environment } = this.#run!
    find('conclusion').textContent = conclude(rows, environment.adapter?.isFallbackAdapter === true)
    const kernels = summarizeKernels(rows)
    find('verdicts').replaceChildren(...kernels.map(kernel => this.#verdict(kernel)))
    find('verdict-table').hidden = kernels.length === 0
    const chosen = this.#kernels.value
    if (
      this.#kernels.length !== kernels.length ||
      kernels.some(({ kernel }, i) => this.#kernels.options[i]!.value !== kernel)
    ) {
      this.#kernels.replaceChildren(...kernels.map(({ kernel }) => new Option(kernel, kernel)))
      if (kernels.some(({ kernel }) => kernel === chosen)) this.#kernels.value = chosen
    }
    this.#showKernel()
  }

  #showKernel(): void {
    const { rows } = this.#run!
    const { value: kernel } = this.#kernels
    this.#chart.show(rows, kernel)
    const own = rows.filter(row => kernelOf(row) === kernel)
    const crossovers = [
      ['From array to array', crossoverOf(own, 'roundtrip')],
      ['With the data already there', crossoverOf(own, 'resident')],
    ] as const
    find('crossovers').textContent = crossovers
      .flatMap(([where, crossover]) =>
        crossover === undefined ? [] : [`${where}, ${kernel} on WebGPU is ${describeCrossover(crossover)}.`],
      )
      .join(' ')
    const program = this.#programOf(kernel)
    find('program').hidden = program === undefined
    find('program-title').textContent = `The WGSL of ${kernel} that ran`
    find('program-text').textContent = program ?? ''
  }

  /** A line of the summary. Its name shows the kernel in the chart. */
  #verdict({ kernel, elements, resident, roundtrip, cpu, inPlace, crossover }: KernelSummary): HTMLTableRowElement {
    const line = document.createElement('tr')
    const title = document.createElement('th')
    title.scope = 'row'
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = kernel
    button.title = `Show ${kernel} in the chart`
    button.addEventListener('click', () => {
      this.#kernels.value = kernel
      this.#showKernel()
    })
    title.append(button, small(formatElements(elements)))
    line.append(title)
    const rate = (row: Row | undefined, beside?: Row): void => {
      const cell = line.insertCell()
      cell.className = 'number'
      cell.textContent = row === undefined ? '–' : formatMeasured(row.gigabytesPerSecond!)
      const factor = timesAsFast(row, beside)
      if (factor !== undefined) cell.append(small(describeFactor(factor), factor < 1 ? 'slower' : 'faster'))
    }
    rate(resident, inPlace)
    rate(roundtrip, cpu)
    const cell = line.insertCell()
    cell.className = 'number'
    cell.textContent = crossoverInBrief(crossover)
    rate(cpu)
    rate(inPlace)
    return line
  }
}

function crossoverInBrief(crossover: KernelSummary['crossover']): string {
  if (crossover === undefined) return '–'
  if (crossover.elements === Infinity) return 'never'
  return crossover.elements === 0 ? `≤ ${formatElements(crossover.smallest)}` : `≈ ${formatRoughly(crossover.elements)}`
}

function small(text: string, kind = ''): HTMLElement {
  const element = document.createElement('small')
  element.className = kind
  element.textContent = text
  return element
}

function sayExported(text: string): void {
  find('exported').textContent = text
}
