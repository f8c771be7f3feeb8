const CACHE_BYTES = 2 ** 28
const MOST_SETS = 8
const BYTES_PER_ELEMENT = 12

/**
 * The number of sets of x, dy and result that runs use in rotation. Together they exceed a cache of 256 MiB where 8 sets suffice,
 * so that large arrays come from memory. Below some 3 Mi elements a run may measure the cache.
 */
export function setsFor(elements: number): number {
  return Math.min(MOST_SETS, Math.max(1, Math.ceil(CACHE_BYTES / (BYTES_PER_ELEMENT * elements))))
}

/** Counts runs, for all candidates together. */
export class Rotation {
  #next = 0

  next(): number {
    return this.#next++
  }
}

/** The item that run number `turn` uses. */
export function inTurn<Item>(items: readonly Item[], turn: number): Item {
  return items[turn % items.length]!
}
