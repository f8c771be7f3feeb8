import { formatElements } from '../../../support/format.ts'
import { hasFailed, type Row, taskOf } from '../../../measure/rows.ts'
import { type Column, COLUMNS, nameOfProcessor, numbers, residencyOf } from './report.ts'
import type { Results } from './exports.ts'

type Title = (typeof COLUMNS)[number]['title']
type NumberedResults = Results & { readonly number: number }

// The answer first: the rate and the time of what.
const FIRST: readonly Title[] = ['activation', 'direction', 'GB/s', 'median ms']
const PEERS: readonly Title[] = ['library', '× ours']
const LAST: readonly Title[] = ['processor', 'residency', 'elements', '× copy', 'check', 'p5', 'p95']

/** The columns of the page. Other libraries and another run have columns only where there are such rows. */
function columnsOf(hasPeers: boolean, other: NumberedResults | undefined): readonly Column[] {
  const named = (titles: readonly Title[]): readonly Column[] =>
    titles.map((title): Column => COLUMNS.find(column => column.title === title)!)
  const relative = other === undefined ? [] : [timesOther(other)]
  return [...named(FIRST), ...relative, ...named(hasPeers ? PEERS : []), ...named(LAST)]
}

function timesOther({ rows, number }: NumberedResults): Column {
  const before = new Map(rows.map(row => [taskOf(row), row.medianMs]))
  const about = `The time relative to that of run ${number}: above 1 this run took longer.`
  return numbers(`× run ${number}`, about, row => {
    const time = before.get(taskOf(row))
    return time === undefined || row.medianMs === undefined ? undefined : row.medianMs / time
  })
}

/** The table of results, which grows during a run and can be sorted by each column. */
export class ResultTable {
  readonly #table: HTMLTableElement
  readonly #scroller: HTMLElement
  readonly #head: HTMLTableRowElement
  readonly #body: HTMLTableSectionElement
  #rows: Row[] = []
  #columns: readonly Column[] = []
  #sorting: { readonly title: string; readonly isDescending: boolean } | undefined

  constructor(table: HTMLTableElement, scroller: HTMLElement) {
    this.#table = table
    this.#scroller = scroller
    this.#head = table.createTHead().insertRow()
    this.#body = table.createTBody()
  }

  /** Shows rows in the order in which they were measured, or as they were sorted last. */
  show(rows: readonly Row[], hasPeers: boolean, other: NumberedResults | undefined): void {
    this.#rows = [...rows]
    this.#columns = columnsOf(hasPeers, other)
    if (!this.#columns.some(({ title }) => title === this.#sorting?.title)) this.#sorting = undefined
    this.#head.replaceChildren(...this.#columns.map(column => this.#title(column)))
    this.#fill()
  }

  /** Scrolls to the top after a run, unless the user has scrolled. */
  finish(): void {
    if (this.#sorting !== undefined) this.#fill()
    if (this.#atEnd) this.#scroller.scrollTop = 0
  }

  add(row: Row): void {
    const atEnd = this.#atEnd
    const previous = this.#rows.at(-1)
    this.#rows.push(row)
    this.#body.append(this.#line(row, previous))
    this.#scale()
    // Shows the newest row, unless the user has scrolled up.
    if (atEnd) this.#scroller.scrollTop = this.#scroller.scrollHeight
  }

  #fill(): void {
    const rows = this.#sorted()
    this.#body.replaceChildren(...rows.map((row, i) => this.#line(row, rows[i - 1])))
    this.#scale()
    for (const cell of this.#head.cells) {
      const isSorted = cell.textContent === this.#sorting?.title
      if (isSorted) cell.setAttribute('aria-sort', this.#sorting!.isDescending ? 'descending' : 'ascending')
      else cell.removeAttribute('aria-sort')
    }
  }

  #sorted(): readonly Row[] {
    const { title, isDescending } = this.#sorting ?? {}
    const column = this.#columns.find(one => one.title === title)
    if (column === undefined) return this.#rows
    const keys = this.#rows.map(row => ({
      row,
      key: column.value?.(row, this.#rows),
      text: column.cell(row, this.#rows),
    }))
    const sign = isDescending === true ? -1 : 1
    // Rows without a number come last in either order.
    const number = (key: number | undefined): number => key ?? sign * Infinity
    return keys
      .toSorted((a, b) =>
        column.value === undefined
          ? sign * a.text.localeCompare(b.text)
          : number(a.key) === number(b.key)
            ? 0
            : sign * (number(a.key) - number(b.key)),
      )
      .map(({ row }) => row)
  }

  /** A heading that sorts: rates by the fastest first, then the other way round, then as measured. */
  #title({ title, about, value }: Column): HTMLTableCellElement {
    const cell = document.createElement('th')
    cell.scope = 'col'
    if (value !== undefined) cell.className = 'number'
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'sort'
    button.textContent = title
    if (about !== undefined) button.title = about
    button.addEventListener('click', () => {
      const isFirstDescending = title === 'GB/s'
      const { title: sorted, isDescending } = this.#sorting ?? {}
      if (sorted !== title) this.#sorting = { title, isDescending: isFirstDescending }
      else this.#sorting = isDescending === isFirstDescending ? { title, isDescending: !isFirstDescending } : undefined
      this.#fill()
    })
    cell.append(button)
    return cell
  }

  #line(row: Row, previous: Row | undefined): HTMLTableRowElement {
    const line = document.createElement('tr')
    line.dataset['processor'] = row.processor
    line.dataset['residency'] = row.residency
    line.dataset['library'] = row.library
    if (hasFailed(row)) line.className = 'failed'
    else if (row.skipped !== undefined) line.className = 'skipped'
    if (this.#sorting === undefined && previous !== undefined && previous.elements !== row.elements) {
      line.classList.add('first-of-size')
    }
    for (const { cell, value, title } of this.#columns) {
      const element = line.insertCell()
      element.textContent = cell(row, this.#rows)
      if (value !== undefined) element.className = 'number'
      if (title === 'GB/s' && row.gigabytesPerSecond !== undefined) {
        element.classList.add('rate')
        element.style.setProperty('--rate', String(row.gigabytesPerSecond))
      }
      if (title === 'activation') element.append(whereOf(row))
      if (title === 'check') element.className = 'check'
      if (title === 'check' && row.crossCheck.passed) {
        element.title = `All ${row.crossCheck.elements} elements were compared before the first timed run.`
      }
    }
    return line
  }

  /** Scales the bars to the fastest kernel: a copy within the cache would leave nothing of the others. */
  #scale(): void {
    const rates = this.#rows.filter(({ library }) => library !== 'copy').map(row => row.gigabytesPerSecond ?? 0)
    this.#table.style.setProperty('--most', String(Math.max(1e-9, ...rates)))
  }

  get #atEnd(): boolean {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller
    return scrollTop + clientHeight >= scrollHeight - 4
  }
}

/** Shows the values for which a phone has no columns. */
function whereOf(row: Row): HTMLElement {
  const where = document.createElement('span')
  where.className = 'where'
  where.textContent = `${nameOfProcessor(row)} ${residencyOf(row)}, ${formatElements(row.elements)}`
  return where
}
