/** Where a long run stands: one line that is rewritten in a terminal, a line for each item anywhere else. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream
  readonly #rewrites: boolean

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
    this.#rewrites = stream.isTTY
  }

  /** What is being done right now: only a terminal shows it. */
  update(text: string): void {
    if (!this.#rewrites) return
    const width = Math.max(20, this.#stream.columns - 1)
    this.#stream.write(`\r\x1b[K${text.slice(0, width)}`)
  }

  /** An item is done: a terminal has its own line for that. */
  item(text: string): void {
    if (this.#rewrites) this.update(text)
    else this.line(text)
  }

  /** A line that stays. */
  line(text: string): void {
    this.clear()
    this.#stream.write(`${text}\n`)
  }

  clear(): void {
    if (this.#rewrites) this.#stream.write('\r\x1b[K')
  }
}
