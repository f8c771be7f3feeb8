/** The texts of a table. The first cell of a row is its title. */
interface Texts {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Fills a table. */
export function showTable(table: HTMLTableElement, { columns, rows }: Texts): void {
  const head = document.createElement('thead')
  // A column without a title has no header cell.
  head.insertRow().append(...columns.map(text => (text === '' ? cell('td', '') : cell('th', text, 'col'))))
  const body = document.createElement('tbody')
  for (const [title = '', ...texts] of rows) {
    body.insertRow().append(cell('th', title, 'row'), ...texts.map(text => cell('td', text)))
  }
  table.replaceChildren(head, body)
}

function cell(name: 'th' | 'td', text: string, scope?: 'col' | 'row'): HTMLTableCellElement {
  const element = document.createElement(name)
  if (scope !== undefined) element.setAttribute('scope', scope)
  element.textContent = text
  return element
}
