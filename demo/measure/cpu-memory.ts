import type { Dispatcher } from '../../src/index.ts'
import type { Data } from './computation.ts'
import { inTurn } from './rotation.ts'

type Array32 = Float32Array<ArrayBuffer>

// Between fillings a run computes once in each place, so small arrays need many places for a run that can be timed.
const PLACED_ELEMENTS = 2 ** 20
const MOST_PLACES = 512

/** Memory that the candidates on the CPU share: arrays for results, and data in the memory of the WebAssembly kernels. */
export class CpuMemory {
  readonly #dispatcher: Dispatcher
  readonly #sets: readonly Data[]
  #results: readonly (readonly Array32[])[] | undefined
  #places: readonly Data[] | undefined

  constructor(dispatcher: Dispatcher, sets: readonly Data[]) {
    this.#dispatcher = dispatcher
    this.#sets = sets
  }

  /** Arrays for the results of each set. */
  get results(): readonly (readonly Array32[])[] {
    this.#results ??= this.#sets.map(({ x, up }) =>
      (up === undefined ? [x] : [x, up]).map(({ length }) => new Float32Array(length).fill(NaN)),
    )
    return this.#results
  }

  /** Arrays in the memory of the kernels. `fill` copies the data into them. */
  get places(): readonly Data[] {
    const { x, dy, up } = this.#sets[0]!
    const enough = Math.min(MOST_PLACES, Math.ceil(PLACED_ELEMENTS / x.length))
    this.#places ??= Array.from({ length: Math.max(this.#sets.length, enough) }, () => ({
      x: this.#dispatcher.allocate(x.length),
      dy: this.#dispatcher.allocate(dy.length),
      ...(up !== undefined && { up: this.#dispatcher.allocate(up.length) }),
    }))
    return this.#places
  }

  /** Copies the data into the places, over results that have replaced it. */
  fill(): void {
    for (const [i, place] of this.places.entries()) {
      const { x, dy, up } = inTurn(this.#sets, i)
      place.x.set(x)
      place.dy.set(dy)
      if (up !== undefined) place.up!.set(up)
    }
  }
}
