/** One element of a result that is out of bounds. */
export interface Mismatch {
  /** The result: `'y'`, `'mask'`, `'dx'`, `'dGate'`, `'dUp'` or `'dAlpha'`; of the diagnostics a statistic. */
  readonly result: string
  /** The index of the element in that result. */
  readonly index: number
  /** The input, where the element was computed from x. */
  readonly x?: number
  /** The y that backward used in place of x. */
  readonly y?: number
  /** The bit of the mask that backward used in place of x: 0 or 1. */
  readonly mask?: number
  /** The first input of a GLU. */
  readonly gate?: number
  /** The second input of a GLU. */
  readonly up?: number
  /** The upstream gradient, in `backward`. */
  readonly dy?: number
  /** The result of the CPU reference. */
  readonly expected: number
  /** The result of the GPU. */
  readonly actual: number
  /** The distance in units in the last place of the arrays' format; Infinity between NaN and a number. */
  readonly ulp: number
}

/** The outcome of a comparison of a result with the reference. */
export interface Comparison {
  /** The number of elements that were compared. */
  readonly elements: number
  /** The number of elements out of bounds. */
  readonly mismatches: number
  /** The largest error, in units in the last place of the format; 0 for differences that the numeric contract leaves open. */
  readonly maxUlp: number
  /** The first few mismatches. */
  readonly first: readonly Mismatch[]
}

const MOST_REPORTED = 8

/** Counts the elements and mismatches of a comparison. */
export class MismatchCount implements Comparison {
  elements = 0
  mismatches = 0
  maxUlp = 0
  readonly first: Mismatch[] = []

  /** Counts one element, and records its mismatch among the first. */
  add(ulp: number, allowed = true, mismatch?: () => Mismatch): void {
    this.elements++
    this.maxUlp = Math.max(this.maxUlp, ulp)
    if (allowed) return
    this.mismatches++
    if (mismatch !== undefined && this.first.length < MOST_REPORTED) this.first.push(mismatch())
  }
}
