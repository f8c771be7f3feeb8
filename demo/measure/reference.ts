import { bitsView } from '../support/float32.ts'
import { pause } from '../support/pause.ts'
import { type Computation, type Data, sliceOf } from './computation.ts'
import type { Answer, Question } from './reference-worker.ts'

// Short enough that Stop takes effect at once.
const BLOCK = 2 ** 18
const BYTES_KEPT = 2 ** 30

/** Computes the results that the numeric contract is relative to: in float64, each rounded once to float32. */
export type Reference = (computation: Computation, data: Data) => Promise<readonly Float32Array[]>

/** The thread that computes the reference. */
export class ReferenceWorker {
  readonly #worker = new Worker(new URL('./reference-worker.ts', import.meta.url), { type: 'module' })

  /** Computes one call at a time. @throws Error (by rejection) when the thread cannot start, or cannot compute */
  readonly compute: Reference = ({ activation, direction }, data) => {
    const { name, parameters } = activation.toJSON()
    const question: Question = { name, parameters: parameters as Question['parameters'], direction, data }
    return new Promise((resolve, reject) => {
      const controller = new AbortController()
      const settle = { once: true, signal: controller.signal }
      const onMessage = ({ data: answer }: MessageEvent<Answer>): void => {
        controller.abort()
        if ('results' in answer) resolve(answer.results)
        else reject(new Error(answer.problem))
      }
      const onError = ({ message }: ErrorEvent): void => {
        controller.abort()
        reject(new Error(`The thread of the reference failed: ${message || 'it cannot be loaded'}`))
      }
      this.#worker.addEventListener('message', onMessage, settle)
      this.#worker.addEventListener('error', onError, settle)
      this.#worker.postMessage(
        question,
        Object.values(data).map(({ buffer }: Data['x']) => buffer),
      )
    })
  }

  close(): void {
    this.#worker.terminate()
  }
}

/** The reference results of computations over one set of data, kept while they fit into memory. */
export class ReferenceResults {
  readonly #data: Data
  readonly #reference: Reference
  readonly #kept = new Map<Computation, readonly Int32Array[]>()
  #bytes = 0

  constructor(data: Data, reference: Reference) {
    this.#data = data
    this.#reference = reference
  }

  /** The bits of each result. @throws Stopped */
  async of(computation: Computation, signal: AbortSignal): Promise<readonly Int32Array[]> {
    const kept = this.#kept.get(computation)
    if (kept !== undefined) return kept
    const { length } = this.#data.x
    const results = computation.results.map(() => new Int32Array(length))
    for (let start = 0; start < length; start += BLOCK) {
      const parts = await this.#reference(computation, sliceOf(this.#data, start, start + BLOCK))
      for (const [i, part] of parts.entries()) results[i]!.set(bitsView(part), start)
      await pause(signal)
    }
    const bytes = results.length * length * 4
    if (this.#bytes + bytes <= BYTES_KEPT) {
      this.#bytes += bytes
      this.#kept.set(computation, results)
    }
    return results
  }
}
