import type { Activation } from '../activations/support/activation.ts'
import type { GluActivation } from '../activations/support/glu-activation.ts'
import type { ElementArray, LikeArray, NewArray } from '../support/arrays.ts'
import type { CpuReport } from '../cpu/cpu.ts'
import type { HalfFormat } from '../support/formats.ts'
import type { AdapterDescription } from '../gpu/device/device.ts'
import type { AbortSignal, EventTarget, PlatformEvent } from '../support/platform-types.ts'
import type { CrossoverReport } from './crossover.ts'
import type { DispatcherEvents } from './events.ts'

/** What a dispatcher has done so far: plain values. */
export interface Report {
  /** Where calls are computed, unless one falls back. */
  readonly processor: 'webgpu' | 'cpu'
  /** Why it is that processor; after a fallback, why that happened. */
  readonly reason: string
  /** How the CPU computes what it computes, on either processor. */
  readonly cpu: CpuReport
  /** The adapter that was found; null when none was looked for or found. */
  readonly adapter: AdapterDescription | null
  /** With `processor: 'auto'` and a device, from which lengths on it computes; otherwise null. */
  readonly crossover: CrossoverReport | null
  /** The comparisons of GPU results with the CPU reference. */
  readonly crossChecks: {
    /** How many results were compared. */
    readonly runs: number
    /** How many of their elements were compared. */
    readonly elements: number
    /** How many of those were out of bounds. */
    readonly mismatches: number
    /**
     * The largest distance seen, in units in the last place of the call's format; Infinity where NaN stood for a number, or
     * the reverse.
     */
    readonly maxUlp: number
  }
  /** The kernels whose self-test this dispatcher has waited for, and how it went. */
  readonly selfTests: {
    /** How many passed. */
    readonly passed: number
    /** How many failed. */
    readonly failed: number
  }
  /** How many calls that were meant for the GPU the CPU has answered. */
  readonly fallbacks: number
  /** How many devices were lost, or given up because they did not answer in time. */
  readonly deviceLosses: number
  /** How often a call was computed again: on the next device, or in smaller pieces for want of memory. */
  readonly retries: number
  /** Errors on the dispatcher's own device that no call was answerable for, and what the last one said. */
  readonly deviceErrors: {
    /** How many there were. */
    readonly count: number
    /** The message of the last one; null: there was none. */
    readonly last: string | null
  }
  /** The kernels that gave a wrong result and are not used again, as `'relu forward'`. */
  readonly quarantined: readonly string[]
  /**
   * What the platform lacked when the dispatcher was created, and what that costs: `'There is no EventTarget: events are not
   * dispatched.'` Empty in browsers and Deno, and in Node where no worker is wanted.
   */
  readonly missing: readonly string[]
}

/** The gradients of a gated pair, each as long as its inputs. */
export interface GluGradients<DGate = Float32Array<ArrayBuffer>, DUp = DGate> {
  /** dL/dgate = dy * up * f'(gate) */
  readonly dGate: DGate
  /** dL/dup = dy * f(gate) */
  readonly dUp: DUp
}

/** What forward gives with `{ mask: true }`. */
export interface MaskedOutput<Result = Float32Array<ArrayBuffer>> {
  /** activation(x), as long as x. */
  readonly y: Result
  /** Bit i % 32 of word floor(i / 32) is 1 where the gate of element i is open; the bits beyond the end are 0. */
  readonly mask: Uint32Array<ArrayBuffer>
}

/** What may stand for the input of forward: the mask that it gave, or its result. */
export type GradientSource<Given = Float32Array> =
  | {
      /** The mask of forward, of at least ceil(length / 32) words. */
      readonly mask: Uint32Array
      /** Absent beside a mask. */
      readonly y?: undefined
    }
  | {
      /** The result of forward, as long as dy and of its kind. */
      readonly y: LikeArray<Given>
      /** Absent beside y. */
      readonly mask?: undefined
    }

/** What any call may be told. */
export interface CallOptions {
  /** Ends the call: it rejects with the signal's reason at once, and nothing is written into `out` from then on. */
  readonly signal?: AbortSignal | undefined
}

/** What a call may be told about memory. */
export interface MemoryOptions<Out> extends CallOptions {
  /**
   * Where the result goes, in place of a new array: of the inputs' kind and length, perhaps an input itself. For the gradients
   * of a pair `{ dGate, dUp }`. The promise gives this very array. When it rejects, an input is as it was, and another array may
   * hold anything.
   */
  readonly out?: Out | undefined
  /**
   * With `worker: true`: inputs that are the whole of an `ArrayBuffer` may be transferred to the worker, which saves a copy. They
   * are detached then, also when the call rejects. Others are copied. `false` when left out.
   */
  readonly transfer?: boolean | undefined
}

/** What `forward` of an activation may be told. */
export interface ForwardOptions<Out, Masked extends boolean = boolean> extends MemoryOptions<Out> {
  /** Whether it also gives a bit an element: whether its gate is open. `false` when left out. */
  readonly mask?: Masked | undefined
}

/** The format that arrays are in: a `Uint16Array` needs it, and the others have theirs by their kind. */
export interface FormatOptions<Given> {
  /** The format of all arrays of the call, results included. */
  readonly format?: FormatOf<Given> | undefined
}

/** The formats of a kind of array. */
export type FormatOf<Given> = (Given extends Float32Array
  ? { format: 'f32' }
  : Given extends Int32Array
    ? { format: 'i32' }
    : Given extends Uint16Array
      ? { format: HalfFormat }
      : { format: 'f16' })['format']

// What comes after the arrays of a call.
type Last<Given, Options> = [options?: (Options & FormatOptions<Given>) | undefined] & NeedsFormat<Given>
type NeedsFormat<Given> = (Given extends Uint16Array
  ? { last: [options: { readonly format: FormatOf<Given> }] }
  : { last: unknown })['last']

// A pair, or what may be one. Refuses an activation.
type Pair<Given> = Given & ([Extract<Given, GluActivation>] extends [never] ? { is: never } : { is: unknown })['is']

// What forward gives. Only what is given says what `Out` is, never what the caller wants to have.
type Output<Out, Masked extends boolean> = {
  readonly true: MaskedOutput<NoInfer<Out>>
  readonly false: NoInfer<Out>
}[`${Masked}`]

// Null is nobody, as for any EventTarget.
type Listener<Heard> = ((this: Dispatcher, event: Heard) => unknown) | { handleEvent(event: Heard): unknown } | null

/** How one listens: the options of any `addEventListener`. */
export interface ListenerOptions {
  /** Whether it listens in the capture phase. `false` when left out. */
  readonly capture?: boolean | undefined
  /** Whether it listens to one event only. `false` when left out. */
  readonly once?: boolean | undefined
  /** Whether it promises not to call `preventDefault`. `false` when left out. */
  readonly passive?: boolean | undefined
  /** Ends the listening. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Arrays in, arrays out. Made by `createDispatcher`. Its events are `mismatch`, `fallback`, `quarantine`, `devicelost` and
 * `deviceerror`.
 *
 * Its methods need no `this`: they may be taken off it, and called on a proxy of it. `{ ...dispatcher }` has them too, and a
 * report of that moment. It cannot be cloned, nor sent to a worker (`DataCloneError`): create one there.
 *
 * The arrays of a call are all of one kind, and so is its result: `Float32Array`; `Float16Array`, where the engine has it;
 * `Uint16Array` with the bits of float16 or bfloat16, by `{ format: 'f16' }` or `{ format: 'bf16' }`; for relu `Int32Array`
 * too. Float16 and bfloat16 are computed in float32 and rounded once, to nearest even.
 */
export interface Dispatcher extends EventTarget {
  /**
   * y = activation(x), a new array of x's kind and length, or `out`. With `{ mask: true }` also whether the gate of each element is
   * open: a bit an element, the same on the CPU and on the GPU. For relu, leakyRelu, prelu, threshold, relu6, hardTanh, hardShrink
   * and softShrink.
   *
   * The call resolves with right values or rejects: when the GPU fails or is wrong, the CPU answers. Leave x alone until
   * the promise settles.
   *
   * @throws InputError (by rejection) when x is no such array, or detached, its length does not fit the slopes of a prelu, its format is
   * missing or another's, no gate decides the activation's gradient and a mask is wanted, or another array or option is given
   * @throws CrossCheckError (by rejection) with `onMismatch: 'throw'`
   * @throws DestroyedError (by rejection) after `destroy()`
   */
  forward<Given extends ElementArray, Out extends LikeArray<Given> = NewArray<Given>, Masked extends boolean = false>(
    activation: Activation,
    x: Given,
    ...options: Last<Given, ForwardOptions<Out, Masked>>
  ): Promise<Output<Out, Masked>>
  /**
   * y = f(gate) * up, a new array of their kind and length, or `out`.
   *
   * @param pair what may also be an activation is taken too, so that one call serves both; an activation takes no up
   * @throws InputError (by rejection) as above, and when gate and up differ in kind or length; other errors as above
   */
  forward<
    Given extends ElementArray,
    Out extends LikeArray<Given> = NewArray<Given>,
    Some extends Activation | GluActivation = GluActivation,
  >(
    pair: Pair<Some>,
    gate: Given,
    up: LikeArray<Given>,
    ...options: Last<Given, MemoryOptions<Out>>
  ): Promise<NoInfer<Out>>
  /**
   * dx = dy * activation'(x), a new array of dy's kind and length, or `out`. Without x, from `{ mask }`, with the bits of
   * `backward(activation, x, dy)`; or from `{ y }`, for relu, leakyRelu, prelu, elu with no negative alpha, and for relu6, hardTanh,
   * celu, selu, sigmoid, tanh, softplus.
   *
   * @param from the input of the forward call; or the mask or the y that it gave: a mask of at least ceil(length / 32) words, or y
   * as long as dy and of its kind
   * @param dy the upstream gradient dL/dy, of x's kind and length
   * @throws InputError (by rejection) as forward, when x and dy differ in kind or length, and when what stands for x does not tell the
   * activation's gradient, is missing, too short or no such array; other errors as forward
   */
  backward<Given extends ElementArray, Out extends LikeArray<Given> = NewArray<Given>>(
    activation: Activation,
    from: LikeArray<Given> | GradientSource<Given>,
    dy: Given,
    ...options: Last<Given, MemoryOptions<Out>>
  ): Promise<NoInfer<Out>>
  /**
   * dGate = dy * up * f'(gate) and dUp = dy * f(gate), new arrays of their kind and length, or those of `out`.
   *
   * @param pair as for forward
   * @param gate @param up the inputs of the forward call
   * @param dy the upstream gradient dL/dy, of their kind and length
   * @throws InputError (by rejection) as forward; other errors as forward
   */
  backward<
    Given extends ElementArray,
    DGate extends LikeArray<Given> = NewArray<Given>,
    DUp extends LikeArray<Given> = NewArray<Given>,
    Some extends Activation | GluActivation = GluActivation,
  >(
    pair: Pair<Some>,
    gate: Given,
    up: LikeArray<Given>,
    dy: LikeArray<Given>,
    ...options: Last<Given, MemoryOptions<GluGradients<DGate, DUp>>>
  ): Promise<GluGradients<NoInfer<DGate>, NoInfer<DUp>>>
  /**
   * dL/dalpha of a `prelu`, a new array with an element for each of its slopes: the sum of x * dy over the elements of the
   * channel that are not positive. On the GPU it is a tree of sums in float32, whose shape depends on the arrays and the
   * limits of the device alone; its error is at most 19 * 2^-24 of the sum of the terms' magnitudes, before it is rounded.
   *
   * @param x the input of the forward call
   * @param dy the upstream gradient dL/dy, as long as x
   * @throws InputError (by rejection) as backward, and when the activation has no slopes to learn; other errors as forward
   */
  backwardAlpha(
    activation: Activation,
    x: Float32Array,
    dy: Float32Array,
    options?: CallOptions,
  ): Promise<Float32Array<ArrayBuffer>>
  /**
   * Zeros, in the memory that the CPU's kernels work in: what is given from there and goes there, by `out`, is not copied. Any
   * call takes such an array, as it takes any other; it cannot be transferred. Where the CPU has no such memory, and with
   * `processor: 'webgpu'`, it is an ordinary array.
   *
   * The memory is freed when no array in it is left. It comes in pieces of 64 MiB, or 4 times what is asked for.
   *
   * @param length how many elements
   * @throws InputError when length is no such number
   * @throws ActivationsError when memory runs out
   * @throws DestroyedError after `destroy()`
   */
  allocate(length: number): Float32Array<ArrayBuffer>
  /** What happened so far: a snapshot. */
  readonly report: Report
  /**
   * Destroys the device, or on an adopted one all buffers that calls of dispatchers have made, when this is the last of them; and
   * ends the worker. Calls that wait reject with a DestroyedError, as do calls from now on. Arrays are the caller's, those of
   * `allocate` too.
   */
  destroy(): void
  addEventListener<Type extends keyof DispatcherEvents>(
    type: Type,
    listener: Listener<DispatcherEvents[Type]>,
    options?: boolean | ListenerOptions,
  ): void
  addEventListener(type: string, listener: Listener<PlatformEvent>, options?: boolean | ListenerOptions): void
  removeEventListener<Type extends keyof DispatcherEvents>(
    type: Type,
    listener: Listener<DispatcherEvents[Type]>,
    options?: boolean | Pick<ListenerOptions, 'capture'>,
  ): void
  removeEventListener(
    type: string,
    listener: Listener<PlatformEvent>,
    options?: boolean | Pick<ListenerOptions, 'capture'>,
  ): void
}
