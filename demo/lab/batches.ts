import type { Dataset } from './dataset.ts'
import { drawsOf } from './seeds.ts'

/** The examples of one step. */
export interface Batch {
  readonly values: Float32Array
  readonly labels: Uint8Array
}

/** Gives the examples of a set in batches, in an order that is shuffled anew each time they are through. */
export class Batches {
  readonly #data: Dataset
  readonly #batch: Batch
  readonly #isWhole: boolean
  readonly #next: () => number
  readonly #order: Uint32Array
  #used: number

  constructor(data: Dataset, size: number, seed: number) {
    this.#data = data
    this.#isWhole = size >= data.rows
    this.#batch = this.#isWhole
      ? data
      : { values: new Float32Array(size * data.features), labels: new Uint8Array(size) }
    this.#next = drawsOf(seed, 'order')
    this.#order = Uint32Array.from({ length: data.rows }, (_, i) => i)
    this.#used = data.rows
  }

  /** The next batch, valid until the one after. */
  next(): Batch {
    const { values, labels } = this.#batch
    if (this.#isWhole) return this.#batch
    const { features } = this.#data
    for (let row = 0; row < labels.length; row++) {
      if (this.#used === this.#order.length) this.#shuffle()
      const source = this.#order[this.#used++]!
      values.set(this.#data.values.subarray(source * features, (source + 1) * features), row * features)
      labels[row] = this.#data.labels[source]!
    }
    return this.#batch
  }

  /** Fisher and Yates' shuffle. */
  #shuffle(): void {
    const order = this.#order
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor((i + 1) * this.#next())
      const swapped = order[i]!
      order[i] = order[j]!
      order[j] = swapped
    }
    this.#used = 0
  }
}
