import { announce, type Topic } from './events.ts'

/** The notices at the top of the page, one for each topic. Each stays until it is closed, or no longer true. */
export class Notices {
  readonly #place: HTMLElement
  readonly #list = document.createElement('ul')
  readonly #lines = new Map<Topic, HTMLElement>()

  /** @param place a live region, which has to be in the page before its first notice to be read out */
  constructor(place: HTMLElement) {
    this.#place = place
  }

  /** Sets the line of a topic, or removes it. */
  set(topic: Topic, text: string | undefined): void {
    this.#remove(topic)
    if (text === undefined) return
    const line = document.createElement('li')
    line.textContent = text
    const close = document.createElement('button')
    close.type = 'button'
    close.className = 'close'
    close.setAttribute('aria-label', 'Close this notice')
    close.addEventListener('click', () => {
      const hadFocus = document.activeElement === close
      this.#remove(topic)
      // The keyboard goes on from the next notice, or from the top.
      const next = this.#list.querySelector('button') ?? document.querySelector<HTMLElement>('nav [aria-current]')
      if (hadFocus) next?.focus()
    })
    line.append(close)
    this.#lines.set(topic, line)
    this.#list.append(line)
    // A list without items is none.
    if (!this.#list.isConnected) this.#place.append(this.#list)
    announce('throughput:notice', { topic, text })
  }

  #remove(topic: Topic): void {
    this.#lines.get(topic)?.remove()
    this.#lines.delete(topic)
    if (this.#lines.size === 0) this.#list.remove()
  }
}
