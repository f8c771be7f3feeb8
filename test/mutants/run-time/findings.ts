import type { Answer } from '../../../src/dispatcher/calls.ts'
import { readOptions } from '../../../src/dispatcher/options.ts'

/** The reports of an answer that differs from the reference; empty where none does. */
export function findMismatches(answer: Answer<unknown>, crossCheck: 'sample' | 'full'): string {
  const findings = answer.check(readOptions({ crossCheck }))
  const wrong = findings.filter(({ comparison }) => comparison.mismatches > 0)
  return wrong.map(finding => finding.report()).join('\n')
}
