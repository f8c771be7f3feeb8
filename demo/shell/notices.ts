import { announce, type Topic } from './events.ts'

/** The list of notices, one line for each topic. */
export class Notices {
  readonly #list: HTMLElement
  readonly #lines = new Map<Topic, HTMLElement>()

  constructor(list: HTMLElement) {
    this.#list = list
  }

  /** Sets the line of a topic, or removes it. */
  set(topic: Topic, text: string | undefined): void {
    this.#lines.get(topic)?.remove()
    this.#lines.delete(topic)
    if (text === undefined) return
    const line = document.createElement('li')
    line.textContent = text
    this.#lines.set(topic, line)
    this.#list.append(line)
    announce('throughput:notice', { topic, text })
  }
}
