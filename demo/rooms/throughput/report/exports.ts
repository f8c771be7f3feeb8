import { copyText } from '../../../support/clipboard.ts'
import { jsonReport, markdownReport } from './report.ts'
import type { Environment, Row } from '../../../measure/rows.ts'

/** The results of a run, with what they were measured on. */
export interface Results {
  readonly environment: Environment
  readonly rows: readonly Row[]
  readonly input: string
}

/** Copies the results to the clipboard. @returns a message for the user */
export function copyMarkdown({ environment, rows, input }: Results): Promise<string> {
  return copyText(markdownReport(environment, rows, input))
}

/** Saves the results as a file. @returns a message for the user */
export function downloadJson({ environment, rows }: Results): string {
  const address = URL.createObjectURL(new Blob([jsonReport(environment, rows)], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = address
  link.download = `throughput-${environment.when.slice(0, 19).replaceAll(':', '-')}.json`
  link.click()
  URL.revokeObjectURL(address)
  return `Saved as ${link.download}.`
}
