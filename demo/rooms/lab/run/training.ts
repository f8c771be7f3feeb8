import type { Message, ProcessorChoice, ProcessorReport, Request } from '../../../lab/protocol.ts'
import type { Setup } from '../../../lab/training-setup.ts'
import { RunModel } from './run-model.ts'

/** The thread that trains, as this room uses it. */
export type WorkerThread = Pick<Worker, 'postMessage' | 'terminate' | 'addEventListener'>

export function startWorker(): WorkerThread {
  return new Worker(new URL('../../../lab/session/training-worker.ts', import.meta.url), { type: 'module' })
}

/** The user of a thread. */
export interface Listener {
  /** Called when its work or its problem has changed or went on. */
  changed(): void
  /** Another processor computes from now on. */
  processorChanged(report: ProcessorReport): void
}

/** Trains networks in a thread of its own. */
export class Training {
  /** The run that is shown; undefined before the first networks exist. */
  model: RunModel | undefined
  /** The reason why the last request failed. The run before is still shown. */
  problem: string | undefined
  readonly #listener: Listener
  readonly #start: () => WorkerThread
  #worker: WorkerThread | undefined
  #run = 0
  /** The setup whose networks are being made. */
  #making: Setup | undefined
  /** The action to take once they exist. */
  #then: (() => void) | undefined

  constructor(listener: Listener, start: () => WorkerThread = startWorker) {
    this.#listener = listener
    this.#start = start
  }

  /** True while networks are being made. */
  get isMaking(): boolean {
    return this.#making !== undefined
  }

  /** Makes the networks of a setup. @param then what to do with them at once */
  reset(setup: Setup, processor: ProcessorChoice, then?: 'run' | 'step'): void {
    this.#run++
    this.#making = setup
    this.#then = then && (() => this[then]())
    this.problem = undefined
    this.#post({ type: 'reset', run: this.#run, setup, processor })
    this.#listener.changed()
  }

  run(): void {
    this.#go({ type: 'run', run: this.#run })
  }

  step(): void {
    this.#go({ type: 'step', run: this.#run })
  }

  pause(): void {
    this.#then = undefined
    if (this.model?.isRunning) this.#post({ type: 'pause', run: this.#run })
  }

  #go(request: Request): void {
    if (this.isMaking) {
      this.#then = () => this.#go(request)
      return
    }
    if (this.model === undefined) return
    if (request.type === 'run') this.model.phase = 'running'
    this.#post(request)
    this.#listener.changed()
  }

  #post(request: Request): void {
    if (this.#worker === undefined) {
      this.#worker = this.#start()
      this.#worker.addEventListener('message', event => this.#receive((event as MessageEvent<Message>).data))
      this.#worker.addEventListener('error', event => this.#fail(event))
    }
    // Nothing is transferred: own data stay with the page.
    this.#worker.postMessage(request, [])
  }

  #receive(message: Message): void {
    if ('run' in message && message.run !== this.#run) return
    if (message.type === 'ready') {
      this.model = new RunModel(this.#making!, message)
      this.#making = undefined
      const then = this.#then
      this.#then = undefined
      then?.()
    } else if (message.type === 'failed') {
      this.problem = `${message.message} ${message.fix}`
      this.#making = undefined
      if (this.model?.isRunning) this.model.phase = 'paused'
    } else {
      this.model?.apply(message)
      if (message.type === 'processor') this.#listener.processorChanged(message)
    }
    this.#listener.changed()
  }

  /** The thread ended, or cannot start. The next reset starts another one. */
  #fail({ message }: ErrorEvent): void {
    this.#worker?.terminate()
    this.#worker = undefined
    this.#making = undefined
    if (this.model?.isRunning) this.model.phase = 'finished'
    this.problem = `The thread that trains failed: ${message || 'it cannot be loaded'}. Reset starts another one.`
    this.#listener.changed()
  }
}
