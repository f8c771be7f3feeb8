import type { Computation, Data, ExpectedAt } from './computation.ts'
import { pause } from '../support/pause.ts'

// Small enough that a stop is answered at once.
const BLOCK = 2 ** 17
const BYTES_KEPT = 2 ** 30

/** What has to come of computations over one set of data: the reference in float64, worked out once where it can be kept. */
export class Truths {
  readonly #data: Data
  readonly #kept = new Map<Computation, readonly ExpectedAt[]>()
  #bytes = 0

  constructor(data: Data) {
    this.#data = data
  }

  /** @throws Stopped */
  async of(computation: Computation, signal: AbortSignal): Promise<readonly ExpectedAt[]> {
    const kept = this.#kept.get(computation)
    if (kept !== undefined) return kept
    const { length } = this.#data.x
    const expected: ExpectedAt[] = []
    for (const result of computation.results) {
      const at = result.reference(this.#data)
      const bits = new Int32Array(length)
      for (let i = 0; i < length; i++) {
        bits[i] = at(i)
        if (i % BLOCK === BLOCK - 1) await pause(signal)
      }
      expected.push(i => bits[i]!)
    }
    const bytes = expected.length * length * 4
    if (this.#bytes + bytes <= BYTES_KEPT) {
      this.#bytes += bytes
      this.#kept.set(computation, expected)
    }
    return expected
  }
}
