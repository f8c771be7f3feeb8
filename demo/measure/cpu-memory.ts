import type { Dispatcher } from '../../src/index.ts'
import type { Data } from './computation.ts'
import { inTurn } from './rotation.ts'

type Array32 = Float32Array<ArrayBuffer>

// Filling them takes turns with computing in them, for long enough to be timed: of small arrays that takes many.
const PLACED_ELEMENTS = 2 ** 20
const MOST_PLACES = 512

/** What the candidates on the CPU share beside the data: arrays for results, and the memory that the kernels compute in. */
export class CpuMemory {
  readonly #dispatcher: Dispatcher
  readonly #sets: readonly Data[]
  #results: readonly (readonly Array32[])[] | undefined
  #places: readonly Data[] | undefined

  constructor(dispatcher: Dispatcher, sets: readonly Data[]) {
    this.#dispatcher = dispatcher
    this.#sets = sets
  }

  /** Ordinary arrays for results, as many for each set as a computation can have. */
  get results(): readonly (readonly Array32[])[] {
    this.#results ??= this.#sets.map(({ x, up }) =>
      (up === undefined ? [x] : [x, up]).map(({ length }) => new Float32Array(length).fill(NaN)),
    )
    return this.#results
  }

  /** The data in memory that is the kernels' own, once `fill` has put it there. */
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

  /** Puts the data there, again where results have taken its place. */
  fill(): void {
    for (const [i, place] of this.places.entries()) {
      const { x, dy, up } = inTurn(this.#sets, i)
      place.x.set(x)
      place.dy.set(dy)
      if (up !== undefined) place.up!.set(up)
    }
  }
}
