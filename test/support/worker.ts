import { resolveObjectURL } from 'node:buffer'
import { Worker as Thread } from 'node:worker_threads'

// What a browser's Worker has, where Node has only threads.
const scope = `
import { parentPort } from 'node:worker_threads'
globalThis.self = globalThis
globalThis.postMessage = (message, transfer) => parentPort.postMessage(message, transfer)
globalThis.addEventListener = (type, listener) => parentPort.on(type, data => listener({ data }))
`

/** A Worker of a script at a blob: URL, for Node. Give it to `globalThis`. */
export class ThreadWorker extends EventTarget {
  readonly #thread: Promise<Thread>

  constructor(url: string) {
    super()
    const script = resolveObjectURL(url)!
    this.#thread = script.text().then(text => {
      const thread = new Thread(new URL(`data:text/javascript,${encodeURIComponent(scope + text)}`))
      thread.on('message', data => this.dispatchEvent(Object.assign(new Event('message'), { data })))
      thread.on('error', error => this.dispatchEvent(Object.assign(new Event('error'), { message: error.message })))
      return thread
    })
  }

  postMessage(message: unknown, transfer: ArrayBuffer[] = []): void {
    // At once, as a Worker does.
    const moved = transfer.length === 0 ? message : structuredClone(message, { transfer })
    void this.#thread.then(thread => thread.postMessage(moved, []))
  }

  ref(): void {
    void this.#thread.then(thread => thread.ref())
  }

  unref(): void {
    void this.#thread.then(thread => thread.unref())
  }

  terminate(): void {
    void this.#thread.then(thread => thread.terminate())
  }
}
