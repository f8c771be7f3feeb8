import { LONGEST_TIMER_MS, SECOND_LOOK_MS, waitFor } from '../../support/deadlines.ts'
import { ActivationsError } from '../../support/errors.ts'
import { after, platform } from '../../support/platform.ts'
import { buffersOf, SCRATCH_BYTES } from './chunks.js'
// oxlint-disable-next-line import/default -- its text
import script from './chunks.js?raw'
import type { WasmCall } from './wasm-call.ts'

/** A worker's reply: the call with its tensors. After a failure they are partly computed. */
export interface Reply {
  readonly call: WasmCall
  readonly failure: string | undefined
}

/** The methods of a worker outside browsers: a worker keeps its process alive until `unref`. */
interface Referable {
  readonly ref?: () => void
  readonly unref?: () => void
}

/**
 * Starts a worker with the kernels.
 *
 * @param timeLimit limits the start, and later the wait for each message, in milliseconds
 * @throws (by rejection) Error when the platform has no workers, a Content-Security-Policy forbids them or the start
 * fails
 */
export async function startWorker(module: WebAssembly.Module, timeLimit: number): Promise<KernelWorker> {
  const [Worker, URL, Blob] = [platform('Worker'), platform('URL'), platform('Blob')]
  if (Worker === undefined) throw new Error('there is no Worker here')
  if (URL === undefined || Blob === undefined) throw new Error('there is no URL here, or no Blob')
  const url = URL.createObjectURL(new Blob([script, 'serveCalls(self)'], { type: 'text/javascript' }))
  try {
    const worker = new Worker(url, { type: 'module', name: 'webgpu-activations' })
    try {
      const started = new Promise((resolve, reject) => {
        worker.addEventListener('message', resolve, { once: true })
        worker.addEventListener('error', ({ message }) => reject(new Error(message || 'it does not start')))
        worker.addEventListener('messageerror', () => reject(new Error('its message cannot be read')))
        worker.postMessage({ module, pages: Math.ceil(SCRATCH_BYTES / 2 ** 16) }, [])
      })
      await waitFor(started, { signals: [], timeLimit }, () => new Error(`it did not start within ${timeLimit} ms`))
    } catch (error) {
      worker.terminate()
      throw error
    }
    return new KernelWorker(worker, timeLimit)
  } finally {
    URL.revokeObjectURL(url)
  }
}

export class KernelWorker {
  readonly #worker: Worker & Referable
  readonly #pending = new Map<number, { resolve: (reply: Reply) => void; reject: (reason: unknown) => void }>()
  readonly #timeLimit: number
  #stopTimer = (): void => {}
  /** The reason why the worker has ended; undefined while it computes. */
  ended: Error | undefined

  constructor(worker: Worker, timeLimit: number) {
    this.#worker = worker
    this.#timeLimit = timeLimit
    this.#worker.unref?.()
    worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
      this.#pending.get(data.call.id)?.resolve(data)
      this.#pending.delete(data.call.id)
      this.#watch()
      if (this.#pending.size === 0) this.#worker.unref?.()
    })
    worker.addEventListener('error', ({ message }) => this.#fail(message))
    worker.addEventListener('messageerror', () => this.#fail('its message cannot be read'))
  }

  /**
   * Transfers a call with the memory of its tensors to the worker, and back.
   *
   * @throws DataCloneError when the memory cannot be transferred; nothing is sent then
   * @throws (by rejection) the reason of `end` when the worker ends meanwhile: the memory is lost
   */
  compute(call: WasmCall): Promise<Reply> {
    if (this.ended !== undefined) throw this.ended
    this.#worker.postMessage(call, buffersOf(call) as ArrayBuffer[])
    this.#worker.ref?.()
    return new Promise((resolve, reject) => {
      this.#pending.set(call.id, { resolve, reject })
      if (this.#pending.size === 1) this.#watch()
    })
  }

  /** Starts the time limit for the next message, while a call is pending. */
  #watch(): void {
    this.#stopTimer()
    if (this.#pending.size === 0 || this.#timeLimit > LONGEST_TIMER_MS) return
    const giveUp = (): void => this.#fail(`it kept silent for ${this.#timeLimit} ms`)
    const grace = Math.min(SECOND_LOOK_MS, this.#timeLimit / 2)
    this.#stopTimer = after(this.#timeLimit - grace, () => (this.#stopTimer = after(grace, giveUp)))
  }

  #fail(why: string): void {
    const message = `The worker failed: ${why || 'it does not say why'}.`
    this.end(new ActivationsError('worker-failure', message, 'Call again: the calling thread computes from now on.'))
  }

  /** Terminates the worker at once, and rejects pending calls with the reason. */
  end(reason: Error): void {
    this.ended ??= reason
    this.#stopTimer()
    this.#worker.terminate()
    for (const { reject } of this.#pending.values()) reject(reason)
    this.#pending.clear()
  }
}
