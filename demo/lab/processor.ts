import { createDispatcher, type Dispatcher } from '../../src/index.ts'
import type { ProcessorChoice, ProcessorReport } from './protocol.ts'

const SHORT = 'These arrays are so short that the CPU is done before a GPU has them.'

/** Where the activations are computed: a dispatcher, and what to say about it. */
export class ActivationProcessor {
  readonly dispatcher: Dispatcher
  readonly choice: ProcessorChoice
  #said: string
  #fallbacks = 0
  #losses = 0

  private constructor(choice: ProcessorChoice, dispatcher: Dispatcher) {
    this.choice = choice
    this.dispatcher = dispatcher
    this.#said = dispatcher.report.processor
  }

  /** @throws UnavailableError (by rejection) for `webgpu` where there is none */
  static async open(choice: ProcessorChoice): Promise<ActivationProcessor> {
    // A layer has some thousand elements, and a dispatcher with `auto` leaves them to the CPU, too.
    const processor = choice === 'webgpu' ? 'webgpu' : 'cpu'
    return new ActivationProcessor(choice, await createDispatcher({ processor }))
  }

  report(): ProcessorReport {
    const { processor, reason, adapter } = this.dispatcher.report
    if (processor === 'cpu') return { processor, reason: this.choice === 'auto' ? SHORT : reason, adapter: null }
    return { processor, reason, adapter: adapter && describe(adapter) }
  }

  /** What to say if another processor computes since the last call, or a device was lost; undefined for nothing. */
  takeNotice(): ProcessorReport | undefined {
    const { processor, reason, fallbacks, deviceLosses } = this.dispatcher.report
    const now = fallbacks > this.#fallbacks ? 'cpu' : processor
    const isNews = now !== this.#said || deviceLosses > this.#losses
    this.#said = now
    this.#fallbacks = fallbacks
    this.#losses = deviceLosses
    if (!isNews) return undefined
    return now === 'cpu' ? { processor: 'cpu', reason, adapter: null } : this.report()
  }

  close(): void {
    this.dispatcher.destroy()
  }
}

type Adapter = NonNullable<Dispatcher['report']['adapter']>

function describe({ vendor, architecture, description, isFallbackAdapter }: Adapter): ProcessorReport['adapter'] {
  const names = [vendor, architecture, description].filter(name => name !== undefined && name !== '')
  return { description: names.join(' ') || 'unnamed', software: isFallbackAdapter }
}
