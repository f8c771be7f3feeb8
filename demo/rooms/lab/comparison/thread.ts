import type { Answer, ComparisonSetup, ComparisonStep, Request } from '../../../lab/tensorflow/protocol.ts'

/** Trains the two networks in a thread of its own, which loads TensorFlow.js. */
export class ComparisonThread {
  /** The steps so far. */
  steps: readonly ComparisonStep[] = []
  /** The version of TensorFlow.js, once the networks exist. */
  version: string | undefined
  /** The reason why the networks cannot be trained. */
  problem: string | undefined
  isRunning = false
  readonly #changed: () => void
  #worker: Worker | undefined
  #run = 0

  constructor(changed: () => void) {
    this.#changed = changed
  }

  /** Makes networks anew. */
  reset(setup: ComparisonSetup): void {
    this.#run++
    this.steps = []
    this.version = undefined
    this.problem = undefined
    this.isRunning = false
    this.#post({ type: 'reset', run: this.#run, setup })
    this.#changed()
  }

  /** Goes on for all steps or for one, or stops. Before the networks exist it waits for them. */
  ask(type: 'run' | 'step' | 'pause'): void {
    if (type === 'pause' && !this.isRunning) return
    this.isRunning = type === 'run'
    this.#post({ type, run: this.#run })
    this.#changed()
  }

  #post(request: Request): void {
    if (this.#worker === undefined) {
      this.#worker = new Worker(new URL('../../../lab/tensorflow/comparison-worker.ts', import.meta.url), {
        type: 'module',
      })
      this.#worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => this.#receive(data))
      this.#worker.addEventListener('error', ({ message }) => this.#fail(message || 'it cannot be loaded'))
    }
    this.#worker.postMessage(request, [])
  }

  #receive(answer: Answer): void {
    if (answer.run !== this.#run) return
    switch (answer.type) {
      case 'ready':
        this.version = answer.version
        break
      case 'stepped':
        this.steps = [...this.steps, answer.step]
        break
      case 'resting':
        this.isRunning = false
        break
      case 'failed':
        this.#fail(answer.message)
    }
    this.#changed()
  }

  /** The next reset starts another thread: this one may have lost its device. */
  #fail(message: string): void {
    this.#worker?.terminate()
    this.#worker = undefined
    this.isRunning = false
    this.problem = `The thread that trains under TensorFlow.js failed: ${message}. Reset starts another one.`
    this.#changed()
  }
}
