import { Ending, type Deadline } from '../support/deadlines.ts'
import { type DestroyedError, messageOf } from '../support/errors.ts'
import { gpuPart } from './gpu-part.ts'
import type { DeviceListener, LiveDevice } from './live-device.ts'
import type { CheckedOptions } from './options.ts'
import { chooseProcessor, type ProcessorChoice } from './processor.ts'

// Bounds the requests to a driver that loses every device.
const MOST_FAILURES_IN_A_ROW = 3

/** The device of a dispatcher, and its replacement after a loss. An adopted device is not replaced. */
export class Devices {
  readonly #options: CheckedOptions
  readonly #listener: DeviceListener
  /** True if calls are meant for a device, lost or not. */
  readonly areWanted: boolean
  /** Aborted by `destroy`. */
  readonly lifetime = new Ending()
  processor: ProcessorChoice
  reason: string
  losses = 0
  #live: LiveDevice | undefined
  #replacing: Promise<LiveDevice | undefined> | undefined
  #failures = 0

  constructor(options: CheckedOptions, processor: ProcessorChoice, listener: DeviceListener) {
    this.#options = options
    this.processor = processor
    this.reason = processor.reason
    this.areWanted = processor.device !== undefined
    this.#listener = {
      ...listener,
      onLost: (reason, message) => {
        this.losses++
        this.#failures++
        this.reason = `The device was lost (${reason}: ${message}).`
        listener.onLost(reason, message)
      },
    }
    this.#live = this.#open(processor)
  }

  /** True if there is a device, or may be one at the next call. */
  get areExpected(): boolean {
    return !this.lifetime.aborted && this.areWanted && (this.#live?.ended === false || this.#isReplaceable)
  }

  /** Returns the device for a call, and requests another after a loss; undefined where there is none. Never rejects. */
  current(): LiveDevice | undefined | Promise<LiveDevice | undefined> {
    if (this.#live?.ended === false) return this.#live
    if (this.lifetime.aborted || !this.#isReplaceable) return undefined
    return (this.#replacing ??= this.#replace().finally(() => (this.#replacing = undefined)))
  }

  /** Notes a computed call, which ends a row of failures. */
  noteSuccess(): void {
    this.#failures = 0
  }

  destroy(reason: DestroyedError): void {
    this.lifetime.abort(reason)
    this.#live?.destroy(reason)
  }

  get #isReplaceable(): boolean {
    return this.areWanted && this.#options.device === undefined && this.#failures < MOST_FAILURES_IN_A_ROW
  }

  async #replace(): Promise<LiveDevice | undefined> {
    const deadline: Deadline = { signals: [this.lifetime], timeLimit: this.#options.timeLimit }
    try {
      const processor = await chooseProcessor(this.#options, deadline)
      this.reason = processor.reason
      if (processor.device === undefined) this.#failures++
      else this.processor = processor
      this.#live = this.#open(processor)
    } catch (error) {
      this.#failures++
      this.reason = messageOf(error)
    }
    return this.#live?.ended === false ? this.#live : undefined
  }

  #open({ device, owned }: ProcessorChoice): LiveDevice | undefined {
    if (device === undefined) return undefined
    const { LiveDevice } = gpuPart()
    const live = new LiveDevice(device, owned, this.#listener)
    if (this.lifetime.aborted) live.destroy(this.lifetime.reason as DestroyedError)
    return live
  }
}
