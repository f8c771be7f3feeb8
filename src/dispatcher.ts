import type { Activation, Direction, Inputs } from './activations/activation.ts'
import { computeOnCpu } from './cpu/compute.ts'
import { allIndices, compareWithReference, describe, sampleIndices } from './cross-check.ts'
import { type DispatcherEvents, FallbackEvent, MismatchEvent } from './dispatcher/events.ts'
import { checkUnchanged, readInputs } from './dispatcher/inputs.ts'
import { type CheckedOptions, type DispatcherOptions, readOptions } from './dispatcher/options.ts'
import { chooseProcessor, type Processor } from './dispatcher/processor.ts'
import { CrossCheckError, DestroyedError } from './errors.ts'
import type { AdapterDescription } from './gpu/device.ts'
import { computeOnGpu } from './gpu/transfer.ts'

/** What a dispatcher has done so far: plain values. */
export interface Report {
  /** Where calls are computed, unless one falls back. */
  readonly processor: 'webgpu' | 'cpu'
  /** Why it is that processor; after a fallback, why that happened. */
  readonly reason: string
  /** The adapter that was found; null when none was looked for or found. */
  readonly adapter: AdapterDescription | null
  /** The comparisons of GPU results with the CPU reference. */
  readonly crossChecks: {
    readonly runs: number
    readonly elements: number
    readonly mismatches: number
    /** The largest distance seen, in units in the last place; Infinity where NaN stood for a number, or the reverse. */
    readonly maxUlp: number
  }
  /** How many calls that were meant for the GPU the CPU has answered. */
  readonly fallbacks: number
  /** The kernels that gave a wrong result and are not used again, as `'relu forward'`. */
  readonly quarantined: readonly string[]
}

type AnyListener = EventListenerOrEventListenerObject | null

/** Arrays in, arrays out. Made by {@link createDispatcher}. Its events are `mismatch` and `fallback`. */
export interface Dispatcher extends EventTarget {
  /**
   * y = activation(x), a new array of x's length.
   *
   * The call resolves with right values or rejects: when the GPU fails or is wrong, the CPU answers. Leave x alone until
   * the promise settles.
   *
   * @throws InputError (by rejection) when x is no Float32Array, or detached
   * @throws CrossCheckError (by rejection) with `onMismatch: 'throw'`
   * @throws DestroyedError (by rejection) after `destroy()`
   */
  forward(activation: Activation, x: Float32Array): Promise<Float32Array<ArrayBuffer>>
  /**
   * dx = dy * activation'(x), a new array of x's length.
   *
   * @param x the input of the forward call
   * @param dy the upstream gradient dL/dy, as long as x
   * @throws InputError (by rejection) as forward, and when x and dy differ in length; other errors as forward
   */
  backward(activation: Activation, x: Float32Array, dy: Float32Array): Promise<Float32Array<ArrayBuffer>>
  /** What happened so far: a snapshot. */
  readonly report: Report
  /** Destroys the device, unless it was adopted. Calls from now on reject with a DestroyedError. */
  destroy(): void
  addEventListener<Type extends keyof DispatcherEvents>(
    type: Type,
    listener: (event: DispatcherEvents[Type]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void
  addEventListener(type: string, listener: AnyListener, options?: boolean | AddEventListenerOptions): void
  removeEventListener<Type extends keyof DispatcherEvents>(
    type: Type,
    listener: (event: DispatcherEvents[Type]) => void,
    options?: boolean | EventListenerOptions,
  ): void
  removeEventListener(type: string, listener: AnyListener, options?: boolean | EventListenerOptions): void
}

/**
 * Creates a dispatcher: it computes arrays on WebGPU or on the CPU, compares what the GPU gives with the CPU reference, and
 * answers from the CPU when anything is wrong.
 *
 * @throws InputError (by rejection) for an option that does not exist or has no such value
 * @throws UnavailableError (by rejection) with `processor: 'webgpu'` where there is no WebGPU, no adapter or no device
 */
export async function createDispatcher(options?: DispatcherOptions): Promise<Dispatcher> {
  const checked = readOptions(options)
  return new CheckedDispatcher(checked, await chooseProcessor(checked))
}

class CheckedDispatcher extends EventTarget implements Dispatcher {
  readonly #options: CheckedOptions
  readonly #processor: Processor
  readonly #crossChecks = { runs: 0, elements: 0, mismatches: 0, maxUlp: 0 }
  readonly #quarantined = new Set<string>()
  #device: GPUDevice | undefined
  #reason: string
  #fallbacks = 0
  #destroyed = false

  constructor(options: CheckedOptions, processor: Processor) {
    super()
    this.#options = options
    this.#processor = processor
    this.#device = processor.device
    this.#reason = processor.reason
    // An adopted device may outlive many dispatchers: what waits for its end must not keep them alive.
    const weak = new WeakRef(this)
    void processor.device?.lost.then(({ reason, message }) => {
      const dispatcher = weak.deref()
      if (dispatcher === undefined || dispatcher.#destroyed) return
      dispatcher.#device = undefined
      dispatcher.#reason = `The device was lost (${reason}: ${message}).`
    })
  }

  async forward(activation: Activation, x: Float32Array): Promise<Float32Array<ArrayBuffer>> {
    return this.#compute('forward', ...readInputs(activation, x))
  }

  async backward(activation: Activation, x: Float32Array, dy: Float32Array): Promise<Float32Array<ArrayBuffer>> {
    return this.#compute('backward', ...readInputs(activation, x, dy))
  }

  get report(): Report {
    return {
      processor: this.#device === undefined ? 'cpu' : 'webgpu',
      reason: this.#reason,
      adapter: this.#processor.adapter,
      crossChecks: { ...this.#crossChecks },
      fallbacks: this.#fallbacks,
      quarantined: [...this.#quarantined],
    }
  }

  destroy(): void {
    this.#destroyed = true
    if (this.#processor.owned) this.#device?.destroy()
    this.#device = undefined
  }

  async #compute(direction: Direction, activation: Activation, inputs: Inputs): Promise<Float32Array<ArrayBuffer>> {
    this.#checkLive()
    const { length } = inputs.x
    const kernel = `${activation.name} ${direction}`
    if (this.#processor.device === undefined || length === 0 || length < this.#processor.shortest) {
      return computeOnCpu(activation, direction, inputs)
    }
    if (this.#device === undefined) return this.#fallBack(direction, activation, inputs, this.#reason)
    if (this.#quarantined.has(kernel)) {
      return this.#fallBack(direction, activation, inputs, `${kernel} is quarantined: it gave a wrong result before.`)
    }
    let result: Float32Array<ArrayBuffer>
    try {
      result = await computeOnGpu(this.#device, activation, direction, inputs)
    } catch (error) {
      this.#checkLive()
      checkUnchanged(inputs, length)
      return this.#fallBack(direction, activation, inputs, error instanceof Error ? error.message : String(error))
    }
    checkUnchanged(inputs, length)
    const difference = this.#crossCheck(direction, activation, inputs, result)
    if (difference === undefined) return result
    this.#quarantined.add(kernel)
    if (this.#options.onMismatch === 'throw') throw new CrossCheckError(difference)
    return this.#fallBack(direction, activation, inputs, difference.split('\n', 1)[0]!)
  }

  /** Compares a result with the reference; returns the report when they differ. */
  #crossCheck(direction: Direction, activation: Activation, inputs: Inputs, result: Float32Array): string | undefined {
    const { crossCheck, seed } = this.#options
    if (crossCheck === 'off') return undefined
    const indices = crossCheck === 'full' ? allIndices(result.length) : sampleIndices(inputs, result, seed)
    const comparison = compareWithReference(activation, direction, inputs, result, indices)
    this.#crossChecks.runs++
    this.#crossChecks.elements += comparison.elements
    this.#crossChecks.mismatches += comparison.mismatches
    this.#crossChecks.maxUlp = Math.max(this.#crossChecks.maxUlp, comparison.maxUlp)
    if (comparison.mismatches === 0) return undefined
    const report = describe(activation, direction, inputs, result, comparison)
    this.dispatchEvent(new MismatchEvent(activation, direction, report, comparison.first))
    return report
  }

  #fallBack(direction: Direction, activation: Activation, inputs: Inputs, reason: string): Float32Array<ArrayBuffer> {
    this.#fallbacks++
    this.#reason = reason
    this.dispatchEvent(new FallbackEvent(activation, direction, reason))
    return computeOnCpu(activation, direction, inputs)
  }

  #checkLive(): void {
    if (this.#destroyed)
      throw new DestroyedError('This dispatcher was destroyed.', 'Create another with createDispatcher().')
  }
}
