import { LONGEST_TIMER_MS, SECOND_LOOK_MS, waitFor } from '../../support/deadlines.ts'
import { ActivationsError } from '../../support/errors.ts'
import { after, platform } from '../../support/platform.ts'
import { buffersOf, SCRATCH_BYTES } from './chunks.js'
// oxlint-disable-next-line import/default -- its text
import chunks from './chunks.js?raw'
import { HELPER_BYTES, ringOf } from './rings.js'
// oxlint-disable-next-line import/default -- its text
import rings from './rings.js?raw'
import { loadSharedKernels } from './module.ts'
import { openThread, type Thread } from './thread.ts'
import type { HelperSetup, Ring, Setup, WasmCall } from './wasm-call.ts'

/** A worker's reply: the call with its tensors. After a failure they are partly computed. */
export interface Reply {
  readonly call: WasmCall
  readonly failure: string | undefined
}

const PAGE_BYTES = 2 ** 16

// One module: what the second file imports stands in the first.
const script = [chunks, rings.replace(/^import [^]*? from .*$/m, ''), 'serveCalls(self)'].join('\n')

/** A helper, and what a thread needs to hand it chunks. */
interface Helper {
  readonly thread: Thread
  readonly memory: WebAssembly.Memory
  readonly port: MessagePort
}

/**
 * Starts workers with the kernels: one that computes whole calls, and helpers.
 *
 * @param threads the threads of a call, more than one only where memory can be shared
 * @param timeLimit limits the start, and later the wait for each message, in milliseconds
 * @throws (by rejection) Error when the platform has no workers, a Content-Security-Policy forbids them or the start
 * fails
 */
export async function startWorkers(
  module: WebAssembly.Module,
  threads: number,
  timeLimit: number,
): Promise<KernelWorkers> {
  const helpers = threads > 1 ? await startHelpers(threads - 1, timeLimit) : []
  try {
    const pages = Math.ceil(SCRATCH_BYTES / PAGE_BYTES)
    const setup: Setup = { module, pages, helpers: helpers.map(({ memory: { buffer }, port }) => ({ buffer, port })) }
    const worker = await start(
      setup,
      setup.helpers.map(({ port }) => port),
      timeLimit,
    )
    return new KernelWorkers(worker, helpers, timeLimit)
  } catch (error) {
    for (const { thread } of helpers) thread.terminate()
    throw error
  }
}

async function startHelpers(count: number, timeLimit: number): Promise<Helper[]> {
  const [WebAssembly, Channel] = [platform('WebAssembly')!, platform('MessageChannel')]
  if (Channel === undefined) throw new Error('there is no MessageChannel here')
  const module = await loadSharedKernels()
  const pages = Math.ceil(HELPER_BYTES / PAGE_BYTES)
  const starting = Array.from({ length: count }, async (): Promise<Helper> => {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
    const { port1, port2 } = new Channel()
    const setup: HelperSetup = { module, memory, port: port2 }
    return { thread: await start(setup, [port2], timeLimit), memory, port: port1 }
  })
  const started = await Promise.allSettled(starting)
  const failed = started.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined
  const helpers = started.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  if (failed === undefined) return helpers
  for (const { thread } of helpers) thread.terminate()
  throw failed.reason
}

async function start(setup: Setup | HelperSetup, transfer: MessagePort[], timeLimit: number): Promise<Thread> {
  const { thread, release } = openThread(script)
  try {
    const started = new Promise((resolve, reject) => {
      thread.addEventListener('message', resolve)
      thread.addEventListener('error', ({ message }) => reject(new Error(message || 'it does not start')))
      thread.addEventListener('messageerror', () => reject(new Error('its message cannot be read')))
      thread.postMessage(setup, transfer)
    })
    await waitFor(started, { signals: [], timeLimit }, () => new Error(`it did not start within ${timeLimit} ms`))
    return thread
  } catch (error) {
    thread.terminate()
    throw error
  } finally {
    release()
  }
}

/** The workers of a dispatcher. When one fails, all end. */
export class KernelWorkers {
  /** Those of the helpers, for calls of the thread that has started them. */
  readonly rings: readonly Ring[]
  readonly #worker: Thread
  readonly #threads: readonly Thread[]
  readonly #pending = new Map<number, { resolve: (reply: Reply) => void; reject: (reason: unknown) => void }>()
  readonly #timeLimit: number
  #stopTimer = (): void => {}
  /** The reason why the workers have ended; undefined while they compute. */
  ended: Error | undefined

  constructor(worker: Thread, helpers: readonly Helper[], timeLimit: number) {
    this.#worker = worker
    this.#threads = [worker, ...helpers.map(({ thread }) => thread)]
    this.#timeLimit = timeLimit
    this.rings = helpers.map(({ thread, memory }) => ringOf(memory.buffer, 0, help => thread.postMessage(help, [])))
    for (const thread of this.#threads) {
      thread.unref?.()
      thread.addEventListener('error', ({ message }) => this.#fail(message))
      thread.addEventListener('messageerror', () => this.#fail('its message cannot be read'))
    }
    worker.addEventListener('message', event => {
      const reply = event.data as Reply
      this.#pending.get(reply.call.id)?.resolve(reply)
      this.#pending.delete(reply.call.id)
      this.#watch()
      if (this.#pending.size === 0) this.#worker.unref?.()
    })
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

  /** Terminates the workers at once, and rejects pending calls with the reason. */
  end(reason: Error): void {
    this.ended ??= reason
    this.#stopTimer()
    for (const thread of this.#threads) thread.terminate()
    for (const { reject } of this.#pending.values()) reject(reason)
    this.#pending.clear()
  }
}
