import { bitsView, floatOf } from '../../src/support/bits.ts'
import { deviationOf, Rounded } from '../../src/checking/tolerance.ts'
import type { Activation, Direction } from '../../src/index.ts'
import type { Truth } from './truth.ts'
import { isSubnormal, ulpError } from './ulp.ts'

/** One result, as the bits of float32. */
export interface Result {
  /** The gate, of a gated pair. */
  readonly x: number
  /** Present for a gated pair. */
  readonly up?: number
  /** Absent forward. */
  readonly dy?: number
  readonly expected: number
  readonly actual: number
}

/** The counts of a survey, as plain values. */
export interface Errors {
  readonly elements: number
  /** The number of results that differ from the reference in any bit. */
  readonly different: number
  /** The number of results that are zero where the true result is subnormal. */
  readonly flushed: number
  /** The largest error of normal results relative to the unrounded truth, in units in the last place. */
  readonly largest: number
  /** True where `largest` is in units of 2^-25 |dy|, as in the contract near the zero of a derivative. */
  readonly atCrossing: boolean
  /** The result with the largest error; undefined where `largest` is 0 or 0.5. */
  readonly worst: Result | undefined
  /** The number of results that the numeric contract does not allow. */
  readonly outOfBounds: number
  /** The first of them. */
  readonly examples: readonly Result[]
}

export const NO_ERRORS: Errors = {
  elements: 0,
  different: 0,
  flushed: 0,
  largest: 0,
  atCrossing: false,
  worst: undefined,
  outOfBounds: 0,
  examples: [],
}

const MOST_EXAMPLES = 4
const UNITS_AT_CROSSING = 2 ** 25

/** The sum of two surveys of different elements. */
export function together(a: Errors, b: Errors): Errors {
  const { largest, atCrossing, worst } = b.largest > a.largest ? b : a
  return {
    elements: a.elements + b.elements,
    different: a.different + b.different,
    flushed: a.flushed + b.flushed,
    largest,
    atCrossing,
    worst,
    outOfBounds: a.outOfBounds + b.outOfBounds,
    examples: [...a.examples, ...b.examples].slice(0, MOST_EXAMPLES),
  }
}

/** Compares results with the float64 reference and with the numeric contract. */
export class Survey {
  readonly #activation: Activation
  readonly #direction: Direction
  /** An error that is within bounds for all normal results, also where the unit doubles between result and truth. */
  readonly #surelyAllowed: number
  #elements = 0
  #different = 0
  #flushed = 0
  #largest = 0
  #atCrossing = false
  #worst: Result | undefined
  #outOfBounds = 0
  #examples: Result[] = []

  constructor(activation: Activation, direction: Direction) {
    this.#activation = activation
    this.#direction = direction
    this.#surelyAllowed = (activation.bounds?.[direction] ?? 0) / 2 - 0.5
  }

  /** Adds results. */
  add({ x, dy, values, bits }: Truth, results: Float32Array): void {
    const xBits = bitsView(x)
    const dyBits = dy && bitsView(dy)
    const actual = bitsView(results)
    let inexact = false
    for (let i = 0; i < bits.length; i++) {
      const expected = bits[i]!
      if (expected !== actual[i]) this.#examine(xBits[i]!, dyBits?.[i] ?? 0, values[i]!, expected, actual[i]!)
      else if (!inexact) inexact = isInexact(values[i]!)
    }
    this.#elements += bits.length
    // A correctly rounded result is off by half a unit at most, so its exact error is not computed.
    if (inexact) this.#largest = Math.max(this.#largest, 0.5)
  }

  get errors(): Errors {
    return {
      elements: this.#elements,
      different: this.#different,
      flushed: this.#flushed,
      largest: this.#largest,
      atCrossing: this.#atCrossing,
      worst: this.#worst,
      outOfBounds: this.#outOfBounds,
      examples: this.#examples,
    }
  }

  /** Adds a result that differs from the reference. */
  #examine(x: number, dy: number, truth: number, expected: number, actual: number): void {
    this.#different++
    const value = floatOf(actual)
    const subnormal = isSubnormal(truth)
    if (subnormal && value === 0) this.#flushed++
    // Flushed or not, a subnormal has too few digits for an error in units in the last place.
    let error = subnormal && (value === 0 || isSubnormal(value)) ? 0 : ulpError(truth, value)
    let atCrossing = false
    const isNear = error <= this.#surelyAllowed && !subnormal && truth !== 0 && value !== 0
    if (!isNear) {
      const { bounds } = this.#activation
      if (
        this.#direction === 'backward' &&
        bounds?.crossing !== undefined &&
        Math.abs(floatOf(x) - bounds.crossing) <= (bounds.reach ?? 1)
      ) {
        const units = (Math.abs(value - truth) * UNITS_AT_CROSSING) / Math.abs(floatOf(dy))
        atCrossing = units < error
        if (atCrossing) error = units
      }
      const deviation = deviationOf(this.#activation, this.#direction, x, dy, new Rounded(expected, actual))
      // A result that the contract leaves open has no error.
      if (deviation.allowed && deviation.ulp === 0) error = 0
      if (!deviation.allowed) {
        this.#outOfBounds++
        if (this.#examples.length < MOST_EXAMPLES) this.#examples.push(this.#result(x, dy, expected, actual))
      }
    }
    if (error <= this.#largest) return
    this.#largest = error
    this.#atCrossing = atCrossing
    this.#worst = this.#result(x, dy, expected, actual)
  }

  #result(x: number, dy: number, expected: number, actual: number): Result {
    return this.#direction === 'forward' ? { x, expected, actual } : { x, dy, expected, actual }
  }
}

function isInexact(truth: number): boolean {
  // NaN is as it should be.
  return Math.fround(truth) !== truth && truth === truth
}
