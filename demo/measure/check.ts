import { bitsView, floatOf } from '../../src/reference/reference.ts'
import { ulpDistance } from '../../src/checking/tolerance.ts'
import type { Check } from '../report/rows.ts'
import type { Computation, Data, ExpectedAt, Judge } from './computation.ts'
import { pause } from '../support/pause.ts'

// Small enough that a stop is answered at once.
const BLOCK = 2 ** 19

/** A check, and in words what it found where it failed. */
export interface Finding {
  readonly check: Check
  readonly problem?: string
}

/** What is to be compared: for each result what is expected, and how to judge what differs. */
export interface Expectation {
  readonly name: string
  readonly expected: ExpectedAt
  /** Bit for bit when left out. */
  readonly judge?: Judge
}

/** What the numeric contract expects of a computation. */
export function expectationsOf({ results }: Computation, data: Data, truths: readonly ExpectedAt[]): Expectation[] {
  return results.map((result, i) => ({ name: result.name, expected: truths[i]!, judge: result.judge(data) }))
}

/** Compares results with what is expected of them, one after the other. @throws Stopped, or an Error when one is too short */
export async function checkResults(
  actual: readonly Float32Array[],
  expectations: readonly Expectation[],
  elements: number,
  signal: AbortSignal,
): Promise<Finding> {
  const comparisons = expectations.map(
    ({ name, expected, judge }) => new Comparison(expected, judge, expectations.length > 1 ? `${name} ` : ''),
  )
  for (const [i, comparison] of comparisons.entries()) {
    const bits = bitsView(actual[i]!)
    if (bits.length !== elements) throw new Error(`${bits.length} elements came back, not ${elements}`)
    for (let start = 0; start < bits.length; start += BLOCK) {
      comparison.add(bits.subarray(start, start + BLOCK))
      await pause(signal)
    }
  }
  return findingOf(comparisons)
}

/** Compares a result, piece by piece. */
class Comparison {
  readonly #expectedAt: ExpectedAt
  readonly #judge: Judge
  readonly #name: string
  elements = 0
  mismatches = 0
  maxUlp = 0
  /** The first mismatch. */
  example = ''

  /** @param judge bit for bit when left out @param name for the report, where there are several results */
  constructor(expectedAt: ExpectedAt, judge: Judge = bitForBit, name = '') {
    this.#expectedAt = expectedAt
    this.#judge = judge
    this.#name = name
  }

  /** Compares the next piece, given as bits. */
  add(piece: Int32Array): void {
    for (let i = 0; i < piece.length; i++) {
      const index = this.elements + i
      const expected = this.#expectedAt(index) | 0
      const actual = piece[i]!
      if (actual === expected) continue
      const { ulp, allowed } = this.#judge(index, expected, actual)
      this.maxUlp = Math.max(this.maxUlp, ulp)
      if (allowed) continue
      if (this.mismatches === 0) {
        this.example = `${this.#name}at ${index}, expected ${reading(expected)}, got ${reading(actual)}`
      }
      this.mismatches++
    }
    this.elements += piece.length
  }
}

/** What the comparisons of all results of a computation came to. */
function findingOf(comparisons: readonly Comparison[]): Finding {
  const sum = (of: 'elements' | 'mismatches'): number => comparisons.reduce((total, one) => total + one[of], 0)
  const elements = sum('elements')
  const mismatches = sum('mismatches')
  const maxUlp = Math.max(...comparisons.map(one => one.maxUlp))
  const check = { elements, maxUlp, passed: mismatches === 0 }
  if (check.passed) return { check }
  const example = comparisons.find(one => one.mismatches > 0)?.example
  return { check, problem: `${mismatches} of ${elements} elements are wrong, by up to ${maxUlp} ULP: ${example}` }
}

function bitForBit(_: number, expected: number, actual: number): { ulp: number; allowed: boolean } {
  return { ulp: ulpDistance(expected, actual), allowed: false }
}

function reading(bits: number): string {
  const value = floatOf(bits)
  return Object.is(value, -0) ? '-0' : String(value)
}
