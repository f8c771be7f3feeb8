import type { Check } from './rows.ts'
import { bitsView, floatOf } from '../support/float32.ts'
import { pause } from '../support/pause.ts'
import type { Computation, Data } from './computation.ts'
import { type Deviation, deviationOf, exactDeviation } from './tolerance.ts'

// Short enough that Stop takes effect at once.
const BLOCK = 2 ** 19

/** A check, with a message where it failed. */
export interface Finding {
  readonly check: Check
  readonly problem?: string
}

/** The expected elements of one result, as the bits of float32, and the tolerance for those that differ. */
export interface Expectation {
  readonly name: string
  readonly expectedAt: (index: number) => number
  readonly deviationAt: (index: number, expected: number, actual: number) => Deviation
  /** Further elements that are right in a block; computed only where an element of it is not allowed. */
  readonly alternatives?: (start: number, end: number) => Promise<readonly Int32Array[]>
}

/** The expectations of the numeric contract. @param references the bits of the reference, for each result */
export function expectationsOf(
  { results }: Computation,
  data: Data,
  references: readonly Int32Array[],
): readonly Expectation[] {
  return results.map(({ name, tolerance, factor }, i) => ({
    name,
    expectedAt: index => references[i]![index]!,
    deviationAt: (index, expected, actual) =>
      tolerance === undefined
        ? exactDeviation(expected, actual)
        : deviationOf(expected, actual, factor(data, index), tolerance),
  }))
}

/** Compares each result with its expectation. @throws Stopped, or an Error when a result is too short */
export async function checkResults(
  actual: readonly Float32Array[],
  expectations: readonly Expectation[],
  elements: number,
  signal: AbortSignal,
): Promise<Finding> {
  const comparisons = expectations.map(expectation => new Comparison(expectation))
  for (const [i, comparison] of comparisons.entries()) {
    const bits = bitsView(actual[i]!)
    if (bits.length !== elements) throw new Error(`${bits.length} elements came back, not ${elements}`)
    for (let start = 0; start < bits.length; start += BLOCK) {
      await comparison.add(bits.subarray(start, start + BLOCK))
      await pause(signal)
    }
  }
  return findingOf(comparisons)
}

/** Compares one result, block by block. */
class Comparison {
  readonly #expectation: Expectation
  elements = 0
  mismatches = 0
  maxUlp = 0
  /** The first mismatch. */
  example: { readonly index: number; readonly expected: number; readonly actual: number } | undefined

  constructor(expectation: Expectation) {
    this.#expectation = expectation
  }

  get name(): string {
    return this.#expectation.name
  }

  /** Compares the next block, given as bits. */
  async add(block: Int32Array): Promise<void> {
    const { expectedAt, deviationAt, alternatives } = this.#expectation
    const start = this.elements
    const different: number[] = []
    for (let i = 0; i < block.length; i++) {
      const expected = expectedAt(start + i)
      const actual = block[i]!
      if (actual === expected) continue
      const { ulp, allowed } = deviationAt(start + i, expected, actual)
      this.maxUlp = Math.max(this.maxUlp, ulp)
      if (!allowed) different.push(i)
    }
    this.elements += block.length
    if (different.length === 0) return
    const others = (await alternatives?.(start, this.elements)) ?? []
    const wrong = different.filter(i => !others.some(bits => deviationAt(start + i, bits[i]!, block[i]!).allowed))
    this.mismatches += wrong.length
    const [first] = wrong
    if (first === undefined) return
    this.example ??= { index: start + first, expected: expectedAt(start + first), actual: block[first]! }
  }
}

function findingOf(comparisons: readonly Comparison[]): Finding {
  const sum = (of: 'elements' | 'mismatches'): number => comparisons.reduce((total, one) => total + one[of], 0)
  const elements = sum('elements')
  const mismatches = sum('mismatches')
  const maxUlp = Math.max(...comparisons.map(one => one.maxUlp))
  const check = { elements, maxUlp, passed: mismatches === 0 }
  if (check.passed) return { check }
  const { name, example } = comparisons.find(one => one.mismatches > 0)!
  const { index, expected, actual } = example!
  const where = `${comparisons.length > 1 ? `${name} ` : ''}at ${index}`
  const shown = `expected ${numberOf(expected)}, got ${numberOf(actual)}`
  return {
    check,
    problem: `${mismatches} of ${elements} elements are wrong, by up to ${maxUlp} ULP: ${where}, ${shown}`,
  }
}

function numberOf(bits: number): string {
  const value = floatOf(bits)
  return Object.is(value, -0) ? '-0' : String(value)
}
