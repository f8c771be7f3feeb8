import type { Dataset } from './dataset.ts'
import { drawsOf } from './seeds.ts'

/** The examples of one step. */
export interface Batch {
  readonly values: Float32Array
  readonly labels: Uint8Array
}

/** The indices of the examples of a step; null for all of them in their order. */
export type Draw = Uint32Array<ArrayBuffer> | null

/** Gives the examples of a set in batches, in an order that is shuffled anew each time they are through. */
export class Batches {
  readonly #data: Dataset
  readonly #batch: Batch
  readonly #isWhole: boolean
  readonly #next: () => number
  readonly #order: Uint32Array
  #used: number
  #back: Draw[] = []

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
    const draw = this.draw()
    if (draw === null) return this.#batch
    const { values, labels } = this.#batch
    const { features } = this.#data
    draw.forEach((source, row) => {
      values.set(this.#data.values.subarray(source * features, (source + 1) * features), row * features)
      labels[row] = this.#data.labels[source]!
    })
    return this.#batch
  }

  /** The indices of the next batch. */
  draw(): Draw {
    if (this.#isWhole) return null
    const back = this.#back.shift()
    if (back !== undefined) return back
    return new Uint32Array(this.#batch.labels.length).map(() => {
      if (this.#used === this.#order.length) this.#shuffle()
      return this.#order[this.#used++]!
    })
  }

  /** Gives back what was drawn last: it comes again. */
  putBack(draws: readonly Draw[]): void {
    this.#back = [...draws, ...this.#back]
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
