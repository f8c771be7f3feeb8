/** Drops the results of asynchronous work that was superseded by newer work. */
export class Latest {
  #turn = 0

  /** Passes the result to `use`, unless this is called again before. */
  async run<Result>(work: Promise<Result>, use: (result: Result) => void): Promise<void> {
    const turn = ++this.#turn
    const result = await work
    if (turn === this.#turn) use(result)
  }
}
