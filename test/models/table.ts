import { appendFileSync } from 'node:fs'

/** A row of a table, by column. The first column names the table. */
export type TableRow = Readonly<Record<string, string | number>>

/** Keeps a row for the end of a run of the lane, which prints it. */
export function keepRow(row: TableRow): void {
  const file = process.env['MODELS_ROWS']
  if (file) appendFileSync(file, `${JSON.stringify(row)}\n`)
}

/** Writes rows as Markdown: those of the same columns are one table. */
export function tableOf(rows: readonly TableRow[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
  const columnsOf = (row: TableRow): string => line(Object.keys(row))
  return [...new Set(rows.map(columnsOf))]
    .map(columns => {
      const [first, ...more] = rows.filter(row => columnsOf(row) === columns)
      const rule = line(Object.keys(first!).map(() => '---'))
      return [columns, rule, ...[first!, ...more].map(row => line(Object.values(row)))].join('\n')
    })
    .join('\n\n')
}
