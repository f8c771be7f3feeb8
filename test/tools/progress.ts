/** The progress of a long run: in a terminal one line that is rewritten, elsewhere a line for each item. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream
  readonly #rewrites: boolean

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
    this.#rewrites = stream.isTTY
  }

  /** Shows the current step, in a terminal only. */
  update(text: string): void {
    if (!this.#rewrites) return
    const width = Math.max(20, this.#stream.columns - 1)
    this.#stream.write(`\r\x1b[K${text.slice(0, width)}`)
  }

  /** Shows a finished item. */
  item(text: string): void {
    if (this.#rewrites) this.update(text)
    else this.line(text)
  }

  /** Writes a permanent line. */
  line(text: string): void {
    this.clear()
    this.#stream.write(`${text}\n`)
  }

  clear(): void {
    if (this.#rewrites) this.#stream.write('\r\x1b[K')
  }
}
