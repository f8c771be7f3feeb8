import type { Activation } from './activations/activation.ts'
import type { GatedActivation } from './activations/gated.ts'
import { asKind, type ElementArray, type LikeArray, type NewArray } from './arrays.ts'
import { type Answer, backwardAlphaCall, type Call, elementwiseCall } from './dispatcher/calls.ts'
import { type DispatcherEvents, FallbackEvent, MismatchEvent } from './dispatcher/events.ts'
import { checkUnchanged, readBackward, readBackwardAlpha, readForward } from './dispatcher/inputs.ts'
import { type CheckedOptions, type DispatcherOptions, readOptions } from './dispatcher/options.ts'
import { chooseProcessor, type Processor } from './dispatcher/processor.ts'
import { CrossCheckError, DestroyedError } from './errors.ts'
import type { Elements, HalfFormat } from './formats.ts'
import type { AdapterDescription } from './gpu/device.ts'

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
    /**
     * The largest distance seen, in units in the last place of the call's format; Infinity where NaN stood for a number, or
     * the reverse.
     */
    readonly maxUlp: number
  }
  /** How many calls that were meant for the GPU the CPU has answered. */
  readonly fallbacks: number
  /** The kernels that gave a wrong result and are not used again, as `'relu forward'`. */
  readonly quarantined: readonly string[]
}

/** The gradients of a gated pair, each as long as its inputs. */
export interface PairGradients<Result = Float32Array<ArrayBuffer>> {
  /** dL/dgate = dy * up * f'(gate) */
  readonly dGate: Result
  /** dL/dup = dy * f(gate) */
  readonly dUp: Result
}

/** What forward gives with `{ mask: true }`. */
export interface MaskedOutput<Result = Float32Array<ArrayBuffer>> {
  readonly y: Result
  /** Bit i % 32 of word floor(i / 32) is 1 where the gate of element i is open; the bits beyond the end are 0. */
  readonly mask: Uint32Array<ArrayBuffer>
}

/** What may stand for the input of forward: the mask that it gave, or its result. */
export type GradientSource<Given = Float32Array> =
  { readonly mask: Uint32Array; readonly y?: undefined } | { readonly y: LikeArray<Given>; readonly mask?: undefined }

/** What comes after the arrays of a call: the format of a `Uint16Array`. The other arrays have theirs by their kind. */
export type FormatOptions<Given extends ElementArray> = Given extends Uint16Array
  ? [options: { readonly format: HalfFormat }]
  : [options?: { readonly format?: FormatOf<Given> | undefined } | undefined]

type FormatOf<Given> = Given extends Float32Array ? 'f32' : Given extends Int32Array ? 'i32' : 'f16'

type AnyListener = EventListenerOrEventListenerObject | null

/**
 * Arrays in, arrays out. Made by {@link createDispatcher}. Its events are `mismatch` and `fallback`.
 *
 * The arrays of a call are all of one kind, and so is its result: `Float32Array`; `Float16Array`, where the engine has it;
 * `Uint16Array` with the bits of float16 or bfloat16, by `{ format: 'f16' }` or `{ format: 'bf16' }`; for relu `Int32Array`
 * too. Float16 and bfloat16 are computed in float32 and rounded once, to nearest even.
 */
export interface Dispatcher extends EventTarget {
  /**
   * y = activation(x), a new array of x's kind and length.
   *
   * The call resolves with right values or rejects: when the GPU fails or is wrong, the CPU answers. Leave x alone until
   * the promise settles.
   *
   * @throws InputError (by rejection) when x is no such array, or detached, its format is missing or another's, or another
   * array or option is given
   * @throws CrossCheckError (by rejection) with `onMismatch: 'throw'`
   * @throws DestroyedError (by rejection) after `destroy()`
   */
  forward<Given extends ElementArray>(
    activation: Activation,
    x: Given,
    ...options: FormatOptions<Given>
  ): Promise<NewArray<Given>>
  /**
   * y, and whether the gate of each element is open: a bit an element, the same on the CPU and on the GPU. For relu, leakyRelu,
   * prelu, threshold, relu6, hardTanh, hardShrink and softShrink.
   *
   * @throws InputError (by rejection) as above, and when no gate decides the activation's gradient; other errors as above
   */
  forward<Given extends ElementArray>(
    activation: Activation,
    x: Given,
    options: { readonly mask: true } & FormatOptions<Given>[0],
  ): Promise<MaskedOutput<NewArray<Given>>>
  /**
   * y = f(gate) * up, a new array of their kind and length.
   *
   * @throws InputError (by rejection) as above, and when gate and up differ in kind or length; other errors as above
   */
  forward<Given extends ElementArray>(
    pair: GatedActivation,
    gate: Given,
    up: LikeArray<Given>,
    ...options: FormatOptions<Given>
  ): Promise<NewArray<Given>>
  /**
   * dx = dy * activation'(x), a new array of x's kind and length.
   *
   * @param x the input of the forward call
   * @param dy the upstream gradient dL/dy, of x's kind and length
   * @throws InputError (by rejection) as forward, and when x and dy differ in kind or length; other errors as forward
   */
  backward<Given extends ElementArray>(
    activation: Activation,
    x: Given,
    dy: LikeArray<Given>,
    ...options: FormatOptions<Given>
  ): Promise<NewArray<Given>>
  /**
   * dx without x, a new array of dy's kind and length: from `{ mask }`, with the bits of `backward(activation, x, dy)`; or from
   * `{ y }`, for relu, leakyRelu, prelu, elu with no negative alpha, and for relu6, hardTanh, celu, selu, sigmoid, tanh, softplus.
   *
   * @param from the mask or the y of the forward call: a mask of at least ceil(length / 32) words, or y as long as dy and of
   * its kind
   * @throws InputError (by rejection) as above, and when what stands for x does not tell the activation's gradient, is missing,
   * too short or no such array; other errors as forward
   */
  backward<Given extends ElementArray>(
    activation: Activation,
    from: GradientSource<Given>,
    dy: Given,
    ...options: FormatOptions<Given>
  ): Promise<NewArray<Given>>
  /**
   * dGate = dy * up * f'(gate) and dUp = dy * f(gate), new arrays of their kind and length.
   *
   * @param gate @param up the inputs of the forward call
   * @param dy the upstream gradient dL/dy, of their kind and length
   * @throws InputError (by rejection) as forward; other errors as forward
   */
  backward<Given extends ElementArray>(
    pair: GatedActivation,
    gate: Given,
    up: LikeArray<Given>,
    dy: LikeArray<Given>,
    ...options: FormatOptions<Given>
  ): Promise<PairGradients<NewArray<Given>>>
  /**
   * dL/dalpha of a `prelu`, a new array with an element for each of its slopes: the sum of x * dy over the elements of the
   * channel that are not positive. On the GPU it is a tree of sums in float32, whose shape depends on the arrays and the
   * limits of the device alone; its error is at most 19 * 2^-24 of the sum of the terms' magnitudes, before it is rounded.
   *
   * @param x the input of the forward call, any length
   * @param dy the upstream gradient dL/dy, as long as x
   * @throws InputError (by rejection) as backward, and when the activation has no slopes to learn; other errors as forward
   */
  backwardAlpha(activation: Activation, x: Float32Array, dy: Float32Array): Promise<Float32Array<ArrayBuffer>>
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

  // What comes back depends on what is given: the interface says how, and `never` fits all that it says.
  async forward(activation: unknown, ...given: unknown[]): Promise<never> {
    const operands = readForward(activation, given)
    const [elements, mask] = await this.#compute(elementwiseCall('forward', operands))
    const y = asKind(operands.kind, elements as Elements)
    return (mask === undefined ? y : { y, mask }) as never
  }

  async backward(activation: unknown, ...given: unknown[]): Promise<never> {
    const operands = readBackward(activation, given)
    const results = await this.#compute(elementwiseCall('backward', operands))
    const [first, second] = results.map(result => asKind(operands.kind, result as Elements))
    return (second === undefined ? first : { dGate: first, dUp: second }) as never
  }

  async backwardAlpha(activation: unknown, ...arrays: unknown[]): Promise<Float32Array<ArrayBuffer>> {
    return this.#compute(backwardAlphaCall(readBackwardAlpha(activation, arrays)))
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

  async #compute<Result>(call: Call<Result>): Promise<Result> {
    this.#checkLive()
    const { inputs, kernel, length } = call
    if (this.#processor.device === undefined || length === 0 || length < this.#processor.shortest) return call.onCpu()
    if (this.#device === undefined) return this.#fallBack(call, this.#reason)
    if (this.#quarantined.has(kernel)) {
      return this.#fallBack(call, `${kernel} is quarantined: it gave a wrong result before.`)
    }
    let answer: Answer<Result>
    try {
      answer = await call.onGpu(this.#device)
    } catch (error) {
      this.#checkLive()
      checkUnchanged(inputs, length)
      return this.#fallBack(call, error instanceof Error ? error.message : String(error))
    }
    checkUnchanged(inputs, length)
    const difference = this.#crossCheck(call, answer)
    if (difference === undefined) return answer.result
    this.#quarantined.add(kernel)
    if (this.#options.onMismatch === 'throw') throw new CrossCheckError(difference)
    return this.#fallBack(call, difference.split('\n', 1)[0]!)
  }

  /** Compares an answer with the reference; returns the report when they differ. */
  #crossCheck<Result>({ activation, name }: Call<Result>, answer: Answer<Result>): string | undefined {
    if (this.#options.crossCheck === 'off') return undefined
    const findings = answer.check(this.#options)
    this.#crossChecks.runs++
    for (const { comparison } of findings) {
      this.#crossChecks.elements += comparison.elements
      this.#crossChecks.mismatches += comparison.mismatches
      this.#crossChecks.maxUlp = Math.max(this.#crossChecks.maxUlp, comparison.maxUlp)
    }
    const wrong = findings.filter(({ comparison }) => comparison.mismatches > 0)
    if (wrong.length === 0) return undefined
    const report = wrong.map(finding => finding.report()).join('\n')
    const mismatches = wrong.flatMap(({ comparison }) => comparison.first)
    this.dispatchEvent(new MismatchEvent(activation, name, report, mismatches))
    return report
  }

  #fallBack<Result>(call: Call<Result>, reason: string): Result {
    this.#fallbacks++
    this.#reason = reason
    this.dispatchEvent(new FallbackEvent(call.activation, call.name, reason))
    return call.onCpu()
  }

  #checkLive(): void {
    if (this.#destroyed)
      throw new DestroyedError('This dispatcher was destroyed.', 'Create another with createDispatcher().')
  }
}
