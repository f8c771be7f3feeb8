/** One element whose result is not the reference's. */
export interface Mismatch {
  /** The result: `'y'`, `'mask'`, `'dx'`, `'dGate'`, `'dUp'` or `'dAlpha'`. */
  readonly result: string
  readonly index: number
  /** The inputs: x, or y or the bit of a mask in its place, or gate and up; and backward dy. */
  readonly x?: number
  readonly y?: number
  readonly mask?: number
  readonly gate?: number
  readonly up?: number
  readonly dy?: number
  readonly expected: number
  readonly actual: number
  /** The distance in units in the last place of the arrays' format; Infinity between NaN and a number. */
  readonly ulp: number
}

/** The outcome of a comparison with the reference. */
export interface Comparison {
  /** The number of elements that were compared. */
  readonly elements: number
  /** The number of elements out of bounds. */
  readonly mismatches: number
  /** The largest error that counts, in units in the last place of the format. */
  readonly maxUlp: number
  /** The first few mismatches. */
  readonly first: readonly Mismatch[]
}

const MOST_REPORTED = 8

/** Counts what a comparison finds. */
export class MismatchCount implements Comparison {
  elements = 0
  mismatches = 0
  maxUlp = 0
  readonly first: Mismatch[] = []

  /** Counts one element, and keeps its mismatch where it is one of the first. */
  add(ulp: number, allowed = true, mismatch?: () => Mismatch): void {
    this.elements++
    this.maxUlp = Math.max(this.maxUlp, ulp)
    if (allowed) return
    this.mismatches++
    if (mismatch !== undefined && this.first.length < MOST_REPORTED) this.first.push(mismatch())
  }
}
