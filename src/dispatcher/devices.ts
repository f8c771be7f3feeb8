import { Ending, type Deadline } from '../support/deadlines.ts'
import { type DestroyedError, messageOf } from '../support/errors.ts'
import type { AdapterDescription } from '../gpu/device/device.ts'
import type { Crossover } from './crossover.ts'
import { type DeviceListener, LiveDevice } from './live-device.ts'
import type { CheckedOptions } from './options.ts'
import { chooseProcessor, type Processor } from './processor.ts'

// A driver that is lost with everything that it is given is not asked for ever.
const MOST_FAILURES_IN_A_ROW = 3

/** The device of a dispatcher, and the next one when it is lost: one of ours is requested again, an adopted one is not. */
export class Devices {
  readonly #options: CheckedOptions
  readonly #listener: DeviceListener
  readonly #isWanted: boolean
  readonly #lifetime = new Ending()
  #live: LiveDevice | undefined
  #processor: Processor
  #reason: string
  #replacing: Promise<LiveDevice | undefined> | undefined
  #failures = 0
  #losses = 0

  constructor(options: CheckedOptions, processor: Processor, listener: DeviceListener) {
    this.#options = options
    this.#processor = processor
    this.#reason = processor.reason
    this.#isWanted = processor.device !== undefined
    this.#listener = {
      ...listener,
      onLost: (reason, message) => {
        this.#losses++
        this.#failures++
        this.#reason = `The device was lost (${reason}: ${message}).`
        listener.onLost(reason, message)
      },
    }
    this.#live = this.#open(processor)
  }

  /** Whether calls are meant for a device, be it lost or not. */
  get areWanted(): boolean {
    return this.#isWanted
  }

  /** Whether there is a device, or may be at the next call. */
  get areExpected(): boolean {
    return !this.lifetime.aborted && this.#isWanted && (this.#live?.ended === false || this.#isReplaceable)
  }

  get adapter(): AdapterDescription | null {
    return this.#processor.adapter
  }

  get crossover(): Crossover | undefined {
    return this.#processor.crossover
  }

  /** Why there is this device, or none. */
  get reason(): string {
    return this.#reason
  }

  /** How many were lost. */
  get losses(): number {
    return this.#losses
  }

  /** Aborted by `destroy`. */
  get lifetime(): Ending {
    return this.#lifetime
  }

  /** The device to compute on, requested anew where it was lost; undefined: there is none. Never rejects. */
  current(): LiveDevice | undefined | Promise<LiveDevice | undefined> {
    if (this.#live?.ended === false) return this.#live
    if (this.lifetime.aborted || !this.#isReplaceable) return undefined
    return (this.#replacing ??= this.#replace().finally(() => (this.#replacing = undefined)))
  }

  /** Says that a call was computed: those that are lost from now on are not in a row with the ones before. */
  noteSuccess(): void {
    this.#failures = 0
  }

  destroy(reason: DestroyedError): void {
    this.#lifetime.abort(reason)
    this.#live?.destroy(reason)
  }

  get #isReplaceable(): boolean {
    return this.#isWanted && this.#options.device === undefined && this.#failures < MOST_FAILURES_IN_A_ROW
  }

  async #replace(): Promise<LiveDevice | undefined> {
    const deadline: Deadline = { signals: [this.lifetime], timeLimit: this.#options.timeLimit }
    try {
      const processor = await chooseProcessor(this.#options, deadline)
      this.#reason = processor.reason
      if (processor.device === undefined) this.#failures++
      else this.#processor = processor
      this.#live = this.#open(processor)
    } catch (error) {
      this.#failures++
      this.#reason = messageOf(error)
    }
    return this.#live?.ended === false ? this.#live : undefined
  }

  #open({ device, owned }: Processor): LiveDevice | undefined {
    if (device === undefined) return undefined
    const live = new LiveDevice(device, owned, this.#listener)
    if (this.lifetime.aborted) live.destroy(this.lifetime.reason as DestroyedError)
    return live
  }
}
