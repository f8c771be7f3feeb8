import type { Mismatch } from '../checking/cross-check.ts'
import type { Answer } from './calls.ts'
import type { Report } from './interface.ts'
import type { CheckedOptions } from './options.ts'

/** What differs from the CPU reference. */
interface Difference {
  /** To be read by a person. */
  readonly report: string
  /** The first elements that differ. */
  readonly mismatches: readonly Mismatch[]
}

/** Compares what the GPU gives with the CPU reference, and keeps count. */
export class CrossChecks {
  readonly #options: CheckedOptions
  readonly #count = { runs: 0, elements: 0, mismatches: 0, maxUlp: 0 }

  constructor(options: CheckedOptions) {
    this.#options = options
  }

  get report(): Report['crossChecks'] {
    return { ...this.#count }
  }

  /** What of an answer differs, where anything does. */
  differenceOf(answer: Answer<unknown>): Difference | undefined {
    if (this.#options.crossCheck === 'off') return undefined
    const findings = answer.check(this.#options)
    this.#count.runs++
    for (const { comparison } of findings) {
      this.#count.elements += comparison.elements
      this.#count.mismatches += comparison.mismatches
      this.#count.maxUlp = Math.max(this.#count.maxUlp, comparison.maxUlp)
    }
    const wrong = findings.filter(({ comparison }) => comparison.mismatches > 0)
    if (wrong.length === 0) return undefined
    return {
      report: wrong.map(finding => finding.report()).join('\n'),
      mismatches: wrong.flatMap(({ comparison }) => comparison.first),
    }
  }
}
