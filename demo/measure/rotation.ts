const CACHE_BYTES = 2 ** 28
const MOST_SETS = 8
const BYTES = 12

/**
 * How many sets of x, dy and result take turns, so that none waits in a cache for its next turn: as many as fill one, where
 * that can be had with a few. Below some 3 Mi elements what is measured may be a cache all the same.
 */
export function setsFor(elements: number): number {
  return Math.min(MOST_SETS, Math.max(1, Math.ceil(CACHE_BYTES / (BYTES * elements))))
}

/** Says whose turn it is, to all who share it. */
export class Turns {
  #next = 0

  next(): number {
    return this.#next++
  }
}

/** The one whose turn it is. */
export function inTurn<Item>(items: readonly Item[], turn: number): Item {
  return items[turn % items.length]!
}
