import { COLUMNS } from './report.ts'
import { hasFailed, type Row } from '../../../measure/rows.ts'

/** The table of results, which grows during a run. */
export class ResultTable {
  readonly #body: HTMLTableSectionElement
  readonly #scroller: HTMLElement
  #rows: Row[] = []

  constructor(table: HTMLTableElement, scroller: HTMLElement) {
    this.#scroller = scroller
    const head = table.createTHead().insertRow()
    for (const { title, number } of COLUMNS) {
      const cell = document.createElement('th')
      cell.scope = 'col'
      cell.textContent = title
      if (number === true) cell.className = 'number'
      head.append(cell)
    }
    this.#body = table.createTBody()
  }

  clear(): void {
    this.#rows = []
    this.#body.replaceChildren()
  }

  /** Scrolls to the top after a run, unless the user has scrolled. */
  finish(): void {
    if (this.#atEnd) this.#scroller.scrollTop = 0
  }

  add(row: Row): void {
    const atEnd = this.#atEnd
    const previous = this.#rows.at(-1)
    this.#rows.push(row)
    const line = this.#body.insertRow()
    line.dataset['processor'] = row.processor
    line.dataset['residency'] = row.residency
    line.dataset['library'] = row.library
    if (hasFailed(row)) line.className = 'failed'
    else if (row.skipped !== undefined) line.className = 'skipped'
    if (previous !== undefined && previous.elements !== row.elements) line.classList.add('first-of-size')
    for (const { cell, number, title } of COLUMNS) {
      const element = line.insertCell()
      element.textContent = cell(row, this.#rows)
      if (number === true) element.className = 'number'
      if (title === 'check') element.className = 'check'
      if (title === 'check' && row.crossCheck.passed) {
        element.title = `All ${row.crossCheck.elements} elements were compared before the first timed run.`
      }
    }
    // Shows the newest row, unless the user has scrolled up.
    if (atEnd) this.#scroller.scrollTop = this.#scroller.scrollHeight
  }
  get #atEnd(): boolean {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller
    return scrollTop + clientHeight >= scrollHeight - 4
  }
}
