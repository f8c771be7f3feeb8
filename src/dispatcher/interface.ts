import type { Activation } from '../activations/support/activation.ts'
import type { GluActivation } from '../activations/support/glu-activation.ts'
import type { ElementArray, LikeArray, NewArray } from '../support/arrays.ts'
import type { CpuReport } from '../cpu/interface.ts'
import type { HalfFormat } from '../support/formats.ts'
import type { AdapterDescription } from '../gpu/device/device.ts'
import type { AbortSignal, EventTarget, PlatformEvent } from '../support/platform-types.ts'
import type { CrossoverReport } from './crossover.ts'
import type { DispatcherEvents } from './events.ts'

/** The state and the counters of a dispatcher, as plain values. */
export interface Report {
  /** The processor of calls, unless one falls back. */
  readonly processor: 'webgpu' | 'cpu'
  /** The reason for this processor; after a fallback, the reason of the fallback. */
  readonly reason: string
  /** The state of the CPU kernels, which serve either processor. */
  readonly cpu: CpuReport
  /** The adapter of the device; null where none was requested or found. */
  readonly adapter: AdapterDescription | null
  /** The crossover lengths from which the GPU computes, with `processor: 'auto'` and a device; otherwise null. */
  readonly crossover: CrossoverReport | null
  /** The comparisons of GPU results with the CPU reference. */
  readonly crossChecks: {
    /** The number of compared results. */
    readonly runs: number
    /** The number of compared elements. */
    readonly elements: number
    /** The number of compared elements out of bounds. */
    readonly mismatches: number
    /** The largest error, in units in the last place of the call's format; Infinity between NaN and a number. */
    readonly maxUlp: number
  }
  /** The numbers of kernels whose self-test this dispatcher has waited for. */
  readonly selfTests: {
    /** The number of kernels that passed. */
    readonly passed: number
    /** The number of kernels that failed. */
    readonly failed: number
  }
  /** The number of calls meant for the GPU that the CPU answered. */
  readonly fallbacks: number
  /** The number of devices that were lost, or abandoned because they did not answer in time. */
  readonly deviceLosses: number
  /** The number of repeated attempts: on another device, or in smaller chunks after an out-of-memory error. */
  readonly retries: number
  /** The errors of the dispatcher's own device outside every call. */
  readonly deviceErrors: {
    /** The number of errors. */
    readonly count: number
    /** The message of the last error; null for none. */
    readonly last: string | null
  }
  /** The kernels that gave a wrong result and are not used again, such as `'relu forward'`. */
  readonly quarantined: readonly string[]
  /**
   * The globals that the platform lacked when the dispatcher was created, with the effect of each: `'There is no
   * EventTarget: events are not dispatched.'` Empty in browsers, Deno and Node.
   */
  readonly missing: readonly string[]
}

/** The gradients of a GLU, each of the length of its inputs. */
export interface GluGradients<DGate = Float32Array<ArrayBuffer>, DUp = DGate> {
  /** dL/dgate = dy * up * f'(gate) */
  readonly dGate: DGate
  /** dL/dup = dy * f(gate) */
  readonly dUp: DUp
}

/** The result of forward with `{ mask: true }`. */
export interface MaskedOutput<Result = Float32Array<ArrayBuffer>> {
  /** activation(x), of the length of x. */
  readonly y: Result
  /**
   * The mask of ceil(length / 32) words: bit i % 32 of word floor(i / 32) is 1 where the gate of element i is open;
   * bits beyond the last element are 0.
   */
  readonly mask: Uint32Array<ArrayBuffer>
}

/** The source of a gradient in place of x: the mask of forward, or its y. */
export type GradientSource<Given = Float32Array> =
  | {
      /** The mask of forward, of at least ceil(length / 32) words. */
      readonly mask: Uint32Array
      /** Absent beside a mask. */
      readonly y?: undefined
    }
  | {
      /** The result of forward, of the kind and length of dy. */
      readonly y: LikeArray<Given>
      /** Absent beside y. */
      readonly mask?: undefined
    }

/** The options of every call. */
export interface CallOptions {
  /** Cancels the call, which rejects at once with the reason of the signal. Nothing is written into `out` from then on. */
  readonly signal?: AbortSignal | undefined
}

/** The options of a call for its memory. */
export interface MemoryOptions<Out> extends CallOptions {
  /**
   * The array for the result, of the kind and length of the inputs, perhaps an input itself; for the gradients of a GLU
   * `{ dGate, dUp }`. The promise resolves with this very array. When it rejects, an input is unchanged, and the
   * contents of another array are undefined.
   */
  readonly out?: Out | undefined
  /**
   * With `worker`, `true` transfers inputs that are the whole of an `ArrayBuffer` to a worker, which saves copies and leaves the
   * calling thread free. They are detached afterwards, also when the call rejects. Other inputs are copied. `false` when left out.
   */
  readonly transfer?: boolean | undefined
}

/** The options of a call of a GLU whose gate and up lie in one array of rows. */
export interface PackedOptions<Out> extends MemoryOptions<Out> {
  /** The columns of y. A row of x has twice as many elements: one of gate and one of up for each. */
  readonly columns: number
  /**
   * `'halves'`: a row is `columns` elements of the one, and then `columns` of the other. `'interleaved'`: their elements
   * alternate. `'halves'` when left out.
   */
  readonly layout?: 'halves' | 'interleaved' | undefined
  /** `'gate-up'`: gate comes first. `'up-gate'`: up comes first, as in PyTorch's `glu`. `'gate-up'` when left out. */
  readonly order?: 'gate-up' | 'up-gate' | undefined
}

/** The options of `forward` of an activation. */
export interface ForwardOptions<Out, Masked extends boolean = boolean> extends MemoryOptions<Out> {
  /** `true` also returns the mask of gates, one bit an element. `false` when left out. */
  readonly mask?: Masked | undefined
}

/** The option for the format of arrays, which a `Uint16Array` requires. The type of other arrays determines their format. */
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

// The last argument of a call.
type Last<Given, Options> = [options?: (Options & FormatOptions<Given>) | undefined] & NeedsFormat<Given>
type NeedsFormat<Given> = (Given extends Uint16Array
  ? { last: [options: { readonly format: FormatOf<Given> }] }
  : { last: unknown })['last']

// The last argument of a call that needs it.
type Needed<Given, Options> = [options: Options & FormatOptions<Given>] & NeedsFormat<Given>

// A type that may be a GLU. It refuses an activation.
type ContainsGlu<Given> = Given &
  ([Extract<Given, GluActivation>] extends [never] ? { is: never } : { is: unknown })['is']

// The result of forward. Only an argument determines `Out`, never the expected type of the result.
type Output<Out, Masked extends boolean> = {
  readonly true: MaskedOutput<NoInfer<Out>>
  readonly false: NoInfer<Out>
}[`${Masked}`]

// Null is valid, as for any EventTarget.
type Listener<Heard> = ((this: Dispatcher, event: Heard) => unknown) | { handleEvent(event: Heard): unknown } | null

/** The key of `using`; `never` where the TypeScript library of the project has none. */
type DisposeKey = SymbolConstructor extends { readonly dispose: infer Key extends symbol } ? Key : never

/** `destroy()` at the end of a block: `using dispatcher = await createDispatcher()`, where the engine has `Symbol.dispose`. */
type Disposed = { readonly [Key in DisposeKey]: () => void }

/** The options of `addEventListener`. */
export interface ListenerOptions {
  /** `true` listens in the capture phase. `false` when left out. */
  readonly capture?: boolean | undefined
  /** `true` listens to one event only. `false` when left out. */
  readonly once?: boolean | undefined
  /** `true` promises not to call `preventDefault`. `false` when left out. */
  readonly passive?: boolean | undefined
  /** Removes the listener when aborted. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Computes activations over arrays. `createDispatcher` makes it. Its events are `mismatch`, `fallback`, `quarantine`,
 * `devicelost` and `deviceerror`.
 *
 * The methods need no `this`: they work when called detached, or on a proxy. `{ ...dispatcher }` has the methods too,
 * and a snapshot of the report. A dispatcher cannot be cloned or sent to a worker (`DataCloneError`): create one there.
 *
 * The arrays of a call are of one kind, and so is the result: `Float32Array`; `Float16Array`, where the engine has it;
 * `Uint16Array` with the bits of float16 or bfloat16, by `{ format: 'f16' }` or `{ format: 'bf16' }`; for relu,
 * relu6, clamp, hardTanh and threshold `Int32Array` too. Float16 and bfloat16 are computed in float32 and rounded once, to nearest even.
 */
export interface Dispatcher extends EventTarget, Disposed {
  /**
   * y = activation(x), a new array of x's kind and length, or `out`. `{ mask: true }` also returns the mask, one bit an
   * element that is 1 where the gate is open, equal on the CPU and the GPU; for relu, leakyRelu, prelu, threshold,
   * relu6, clamp, hardTanh, hardShrink and softShrink.
   *
   * The call resolves with right values or rejects: when the GPU fails or is wrong, the CPU answers. Do not change x
   * until the promise settles.
   *
   * @throws InputError (by rejection) when x is not such an array or is detached, when its length does not fit the
   * slopes of a prelu, when the format is missing or does not fit the array, when a mask is asked for and the
   * activation has none, and for another array or an unknown option
   * @throws CrossCheckError (by rejection) with `onMismatch: 'throw'`
   * @throws DestroyedError (by rejection) after `destroy()`
   * @throws ActivationsError (by rejection) when memory for the result runs out
   * @throws the reason (by rejection) of an aborted `signal`
   */
  forward<Given extends ElementArray, Out extends LikeArray<Given> = NewArray<Given>, Masked extends boolean = false>(
    activation: Activation,
    x: Given,
    ...options: Last<Given, ForwardOptions<Out, Masked>>
  ): Promise<Output<Out, Masked>>
  /**
   * y = f(gate) * up, a new array of the kind and length of the inputs, or `out`.
   *
   * @param glu a GLU. A value typed as an activation or a GLU is accepted too, so that one call serves both; an
   * activation takes no up
   * @param gate the input of f
   * @param up the factor of f(gate), of gate's kind and length
   * @throws InputError (by rejection) as above, and when gate and up differ in kind or length; other errors as above
   */
  forward<
    Given extends ElementArray,
    Out extends LikeArray<Given> = NewArray<Given>,
    Some extends Activation | GluActivation = GluActivation,
  >(
    glu: ContainsGlu<Some>,
    gate: Given,
    up: LikeArray<Given>,
    ...options: Last<Given, MemoryOptions<Out>>
  ): Promise<NoInfer<Out>>
  /**
   * y = f(gate) * up of gate and up in one array, as models store them: `{ columns, layout, order }`. A new array of x's
   * kind and half its length, or `out`, which may not be in place.
   *
   * @param glu a GLU
   * @param x gate and up, in whole rows of 2 * columns elements
   * @throws InputError (by rejection) as above, when columns is not an integer from 1 on, or x has not whole rows, and
   * for another layout or order; other errors as above
   */
  forward<Given extends ElementArray, Out extends LikeArray<Given> = NewArray<Given>>(
    glu: GluActivation,
    x: Given,
    ...options: Needed<Given, PackedOptions<Out>>
  ): Promise<NoInfer<Out>>
  /**
   * dx = dy * activation'(x), a new array of dy's kind and length, or `out`. In place of x, `{ mask }` gives the bits
   * of `backward(activation, x, dy)`. `{ y }` serves relu, relu6, celu, selu, sigmoid, tanh, softplus and squareplus;
   * leakyRelu, prelu and elu with no negative alpha; hardTanh with bounds that are exact in 16 bits; and clamp with no
   * bounds.
   *
   * @param from the x of the forward call, of dy's kind and length; or its mask, of at least ceil(length / 32) words;
   * or its y, of dy's kind and length
   * @param dy the upstream gradient dL/dy
   * @throws InputError (by rejection) as forward, when x and dy differ in kind or length, and when the mask or y does
   * not determine the gradient of the activation, is missing, too short or not such an array; other errors as forward
   */
  backward<Given extends ElementArray, Out extends LikeArray<Given> = NewArray<Given>>(
    activation: Activation,
    from: LikeArray<Given> | GradientSource<Given>,
    dy: Given,
    ...options: Last<Given, MemoryOptions<Out>>
  ): Promise<NoInfer<Out>>
  /**
   * dGate = dy * up * f'(gate) and dUp = dy * f(gate), new arrays of the kind and length of the inputs, or those of `out`.
   *
   * @param glu as for forward
   * @param gate the first input of the forward call
   * @param up the second input of the forward call
   * @param dy the upstream gradient dL/dy, of the kind and length of gate
   * @throws InputError (by rejection) as forward; other errors as forward
   */
  backward<
    Given extends ElementArray,
    DGate extends LikeArray<Given> = NewArray<Given>,
    DUp extends LikeArray<Given> = NewArray<Given>,
    Some extends Activation | GluActivation = GluActivation,
  >(
    glu: ContainsGlu<Some>,
    gate: Given,
    up: LikeArray<Given>,
    dy: LikeArray<Given>,
    ...options: Last<Given, MemoryOptions<GluGradients<DGate, DUp>>>
  ): Promise<GluGradients<NoInfer<DGate>, NoInfer<DUp>>>
  /**
   * dGate and dUp in one array, in the order of x: a new array of the kind and length of x, or `out`, perhaps x itself.
   *
   * @param glu a GLU
   * @param x the x of the forward call
   * @param dy the upstream gradient dL/dy, half as long as x
   * @throws InputError (by rejection) as forward, and when dy has another length; other errors as forward
   */
  backward<Given extends ElementArray, Out extends LikeArray<Given> = NewArray<Given>>(
    glu: GluActivation,
    x: Given,
    dy: LikeArray<Given>,
    ...options: Needed<Given, PackedOptions<Out>>
  ): Promise<NoInfer<Out>>
  /**
   * dL/dalpha of a `prelu`, a new array with one element for each slope: the sum of x * dy over the elements of the channel that
   * are not positive. It is a Float32Array for arrays of 16 bits too, because a sum has more digits than they, and slopes are
   * learned in float32. The GPU adds up in float32, in a tree whose shape depends on the arrays and the limits of the device
   * alone; the error is at most 19 * 2^-24 of the sum of the terms' magnitudes, before the result is rounded. The CPU adds up in
   * float64, in an order that depends on the lengths alone, on the calling thread.
   *
   * @param x the input of the forward call: floats in any format
   * @param dy the upstream gradient dL/dy, of the kind and length of x
   * @throws InputError (by rejection) as backward, and when the activation has no learned slopes; other errors as forward
   */
  backwardAlpha<Given extends Exclude<ElementArray, Int32Array>>(
    activation: Activation,
    x: Given,
    dy: LikeArray<Given>,
    ...options: Last<Given, CallOptions>
  ): Promise<Float32Array<ArrayBuffer>>
  /**
   * Allocates zeros in the memory of the CPU's kernels, which compute from such an array, and by `out` into it, without a copy.
   * Every call accepts such an array; it cannot be transferred. Where the CPU has no such memory, and with `processor: 'webgpu'`,
   * the array is an ordinary one.
   *
   * The memory is freed when no array in it is left. It grows by 64 MiB, or by 4 times the requested size if that is more.
   *
   * @param length the number of elements
   * @throws InputError when length is not an integer, or negative
   * @throws ActivationsError when memory runs out
   * @throws DestroyedError after `destroy()`
   */
  allocate(length: number): Float32Array<ArrayBuffer>
  /** A snapshot of the state and the counters. */
  readonly report: Report
  /**
   * Destroys the device; on an adopted device, destroys the buffers of all dispatchers when the last one is destroyed.
   * Ends the worker. Pending and later calls reject with a DestroyedError. Arrays, those of `allocate` too, stay valid.
   * Where the engine has `Symbol.dispose`, this is the method of that name too.
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
