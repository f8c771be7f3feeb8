/** A cell: a text, or an element. */
export type Cell = string | Node

/** A table with headings above and a heading in front of each row. */
export function table(caption: string, columns: readonly Cell[], rows: readonly (readonly Cell[])[]): HTMLTableElement {
  const element = document.createElement('table')
  element.createCaption().textContent = caption
  const head = element.createTHead().insertRow()
  head.append(...columns.map(text => heading(text, 'col')))
  const body = element.createTBody()
  for (const [first, ...cells] of rows) {
    const row = body.insertRow()
    row.append(heading(first!, 'row'))
    for (const cell of cells) row.insertCell().append(cell)
  }
  return element
}

function heading(content: Cell, scope: 'col' | 'row'): HTMLTableCellElement {
  const cell = document.createElement('th')
  cell.scope = scope
  cell.append(content)
  return cell
}

/** A number with a bar of a share of its cell. */
export function barCell(text: string, share: number, series: number): HTMLElement {
  const cell = document.createElement('span')
  cell.className = 'amount'
  cell.dataset['series'] = String(series + 1)
  cell.style.setProperty('--share', String(Math.min(1, Math.max(0, Number.isNaN(share) ? 0 : share))))
  cell.textContent = text
  return cell
}

/** A table that is drawn while it is open, for reading and copying what a picture shows. */
export class Disclosure {
  readonly element = document.createElement('details')
  readonly #make: () => Node
  #isOld = true

  constructor(title: string, make: () => Node) {
    this.#make = make
    const summary = document.createElement('summary')
    summary.textContent = title
    const content = document.createElement('div')
    content.className = 'scroller'
    this.element.append(summary, content)
    this.element.addEventListener('toggle', () => this.#draw())
  }

  /** Marks the table as out of date. */
  update(): void {
    this.#isOld = true
    this.#draw()
  }

  #draw(): void {
    if (!this.#isOld || !this.element.open) return
    this.#isOld = false
    this.element.lastElementChild!.replaceChildren(this.#make())
  }
}
