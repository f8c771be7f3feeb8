/**
 * Keeps the latest results of a library that allocates each result, as many as there are sets of data, so that results rotate in
 * memory as the data does.
 */
export class RecentResults<Result> {
  readonly #most: number
  readonly #dispose: (result: Result) => void
  #results: Result[] = []

  constructor(most: number, dispose: (result: Result) => void) {
    this.#most = most
    this.#dispose = dispose
  }

  add(result: Result): void {
    this.#results.push(result)
    if (this.#results.length > this.#most) this.#dispose(this.#results.shift()!)
  }

  get last(): Result {
    return this.#results.at(-1)!
  }

  clear(): void {
    for (const result of this.#results) this.#dispose(result)
    this.#results = []
  }
}
