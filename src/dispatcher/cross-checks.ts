import { type Answer, mismatchesIn } from './calls.ts'
import type { Report } from './interface.ts'
import type { CheckedOptions } from './options.ts'

/** Compares answers of the GPU with the CPU reference, and counts the comparisons for the report. */
export class CrossChecks {
  readonly #options: CheckedOptions
  readonly #count = { runs: 0, elements: 0, mismatches: 0, maxUlp: 0 }

  constructor(options: CheckedOptions) {
    this.#options = options
  }

  get report(): Report['crossChecks'] {
    return { ...this.#count }
  }

  /** Returns the mismatches of an answer, and their description; undefined where there are none. */
  differenceOf(answer: Answer<unknown>) {
    if (this.#options.crossCheck === 'off') return undefined
    const findings = answer.check(this.#options)
    this.#count.runs++
    for (const { comparison } of findings) {
      this.#count.elements += comparison.elements
      this.#count.mismatches += comparison.mismatches
      this.#count.maxUlp = Math.max(this.#count.maxUlp, comparison.maxUlp)
    }
    const wrong = mismatchesIn(findings)
    if (wrong.length === 0) return undefined
    return {
      report: wrong.map(finding => finding.report()).join('\n'),
      mismatches: wrong.flatMap(({ comparison }) => comparison.first),
    }
  }
}
