import { throwIfAborted, unlessAborted, waitFor } from '../../support/deadlines.ts'
import type { Activation, Direction } from '../../activations/support/activation.ts'
import type { GluActivation } from '../../activations/support/glu-activation.ts'
import { GpuError, InputError, show } from '../../support/errors.ts'
import type { Format } from '../../support/formats.ts'
import type { GPUBuffer, GPUComputePassEncoder, GPUDevice } from '../../support/platform-types.ts'
import { flag, readOptions } from '../../support/reading.ts'
import { isDevice } from '../device/device.ts'
import { type PrepareOptions, readActivations, readPrepareOptions } from './prepare-options.ts'
import { programsOf } from './prepared-programs.ts'
import { recorderOf } from './recorder.ts'

/** A range of a buffer, compatible with WebGPU's `GPUBufferBinding`. */
export interface BufferBinding {
  /** A buffer of the kernels' device with `GPUBufferUsage.STORAGE`, not mapped. */
  readonly buffer: GPUBuffer
  /** In bytes, a multiple of 4; 0 when left out. */
  readonly offset?: number | undefined
  /** In bytes. The default depends on the binding. */
  readonly size?: number | undefined
}

/** The bindings' common property beside the tensors. */
interface Formatted {
  /**
   * The element format of all tensors, biases included: `'f32'` (default); `'f16'` or `'bf16'`, two elements to a
   * 32-bit word, computed in float32 and rounded once to nearest even, without the feature `shader-f16`; `'i32'`, for
   * relu, relu6, clamp, hardTanh and threshold, with sums modulo 2^32.
   */
  readonly format?: Format | undefined
}

/** The learned slopes of prelu on the GPU. */
export interface SlopeBindings {
  /**
   * The slopes of prelu, which the kernel reads from here instead of from the activation: float32 in every format, because
   * training keeps its parameters and their updates in float32, and a tensor has few slopes. Element i has the slope
   * `alpha[floor(i / inner) % n]`, with the activation's `inner`. Without `size`: to the end of its buffer, or as many as
   * the activation has where it has several; a `size` must agree with these.
   *
   * A finite slope gives the results of the same slope in the activation. A NaN is the result wherever x (backward: dy)
   * is scaled and is no NaN itself; Infinity gives the product, and NaN for 0.
   */
  readonly alpha?: BufferBinding | undefined
}

/** The gradient of the slopes of prelu on the GPU. */
export interface SlopeGradientBindings extends SlopeBindings {
  /**
   * Optional output, dL/dalpha: for each slope the float32 sum of `x * dy` over its elements that are not positive, with
   * the bias added to x. Without `size`: as long as the slopes. It needs x, and it does not need alpha, because no slope
   * is in the sum.
   *
   * A tree of float32 additions computes each sum; its shape depends on lengths and limits alone, so that one device
   * gives the same bits run after run. The error is at most (60 + rows / 2048) * 2^-24 of the sum of `abs(x * dy)`, with
   * the number of elements of the slope as rows; products below 2^-126 may count as 0. A sum beyond float32 becomes
   * Infinity or NaN. Where tensors are longer than a binding, each part rounds once more.
   */
  readonly dalpha?: BufferBinding | undefined
}

/**
 * The bindings of `forward`: x and y have one length.
 *
 * A range may begin at any multiple of 4 bytes and hold any number of elements. A buffer may hold several ranges, but
 * an output must not overlap another range, unless it is in place: exactly the range of an input.
 */
export interface ForwardBindings extends Formatted, SlopeBindings {
  /**
   * The input. For prelu its length is a multiple of the slopes' period. Without `size`: from its offset to the end of
   * its buffer.
   */
  readonly x: BufferBinding
  /** The result. Without `size`: as long as x. It may be in place of x. */
  readonly y: BufferBinding
  /**
   * Optional output: bit i % 32 of word i / 32 is 1 where the gate of element i is open. At least 4 bytes for every 32
   * elements begun; bits beyond the last element become 0. For activations whose gradient depends on this bit alone:
   * relu, leakyRelu, prelu, threshold, relu6, clamp, hardTanh, hardShrink, softShrink.
   */
  readonly mask?: BufferBinding | undefined
  /** Added to x before anything else: `bias[i % length]` to element i. Without `size`: to the end of its buffer. */
  readonly bias?: BufferBinding | undefined
}

interface GradientBindings extends Formatted {
  /** The upstream gradient, dL/dy. Without `size`: as long as x or y, or with a mask to the end of its buffer. */
  readonly dy: BufferBinding
  /** The result, dL/dx. Without `size`: as long as dy. It may be in place of an input. */
  readonly dx: BufferBinding
  /**
   * Optional output, the gradient of a bias: element c is the sum of dL/dx over all i with i % length = c. A tree of
   * float32 additions (i32: of wrapping int32 additions) computes each sum; its shape depends on lengths and limits
   * alone. The sum is rounded to the format once; where tensors are longer than a binding, once for each part. Without
   * `size`: as long as the bias, or else to the end of its buffer.
   */
  readonly dbias?: BufferBinding | undefined
  /**
   * Adds to the values in dx, dbias and dalpha instead of overwriting them. dx then must not be in place. `false` when
   * left out.
   */
  readonly accumulate?: boolean | undefined
}

/** The input of the forward call. */
interface InputBindings {
  /** The input of the forward call. Without `size`: from its offset to the end of its buffer. */
  readonly x: BufferBinding
  /** The bias of the forward call. Without `size`: to the end of its buffer. */
  readonly bias?: BufferBinding | undefined
}

/**
 * The bindings of `backward`: dy and dx, and one of x, y and mask, which determines the derivative. With `dalpha`, dx may
 * be left out.
 */
export type BackwardBindings =
  | (GradientBindings & InputBindings & SlopeGradientBindings)
  | (Omit<GradientBindings, 'dx' | 'dbias'> &
      InputBindings &
      SlopeGradientBindings & {
        readonly dalpha: BufferBinding
        /** Absent: dalpha alone is computed. */
        readonly dx?: undefined
      })
  | (GradientBindings & {
      /**
       * The result of the forward call, instead of x: for relu, leakyRelu, prelu and elu without a negative alpha, and
       * for selu, sigmoid, tanh, softplus and others whose derivative is a function of y. The rounding of y limits the
       * accuracy of dx: for relu6 and hardTanh with a bias in 16 bits, a sum that rounds to the bound counts as the
       * bound. Without `size`: from its offset to the end of its buffer.
       */
      readonly y: BufferBinding
    })
  | (GradientBindings &
      SlopeBindings & {
        /** The mask of the forward call, instead of x. Without `size`: to the end of its buffer. */
        readonly mask: BufferBinding
      })

/** The bindings of `forward` for a GLU activation: gate, up and y have one length. */
export interface GluForwardBindings extends Formatted {
  /** The input of the activation. Without `size`: from its offset to the end of its buffer. */
  readonly gate: BufferBinding
  /** The other factor. Without `size`: as long as gate. */
  readonly up: BufferBinding
  /** The result. Without `size`: as long as gate. It may be in place of gate or up. */
  readonly y: BufferBinding
  /** Added to gate before anything else, as `bias` is to x. */
  readonly gateBias?: BufferBinding | undefined
  /** Added to up before anything else; as long as `gateBias`. */
  readonly upBias?: BufferBinding | undefined
}

/** The bindings of `backward` for a GLU activation: the five tensors have one length. */
export interface GluBackwardBindings extends Formatted {
  /** The input of the activation in the forward call. Without `size`: from its offset to the end of its buffer. */
  readonly gate: BufferBinding
  /** The other factor in the forward call. Without `size`: as long as gate. */
  readonly up: BufferBinding
  /** The upstream gradient, dL/dy. Without `size`: as long as gate. */
  readonly dy: BufferBinding
  /** The result dL/dgate. Without `size`: as long as gate. It may be in place of an input. */
  readonly dGate: BufferBinding
  /** The result dL/dup. Without `size`: as long as gate. It may be in place of an input. */
  readonly dUp: BufferBinding
  /** The bias of gate in the forward call. */
  readonly gateBias?: BufferBinding | undefined
  /** The bias of up in the forward call. */
  readonly upBias?: BufferBinding | undefined
  /** The gradient of `gateBias`, computed as `dbias` is; as long as the biases. */
  readonly dGateBias?: BufferBinding | undefined
  /** The gradient of `upBias`; as long as the biases. */
  readonly dUpBias?: BufferBinding | undefined
  /**
   * Adds to the values in the gradients instead of overwriting them. dGate and dUp then must not be in place. `false`
   * when left out.
   */
  readonly accumulate?: boolean | undefined
}

/** The order of gate and up in one tensor of rows, as models store them. */
export interface PackedPairs extends Formatted {
  /** The columns of y. A row of x has twice as many elements: one of gate and one of up for each. */
  readonly columns: number
  /**
   * `'halves'`: a row is `columns` elements of the one, and then `columns` of the other. `'interleaved'`: their elements
   * alternate. `'halves'` when left out.
   */
  readonly layout?: 'halves' | 'interleaved' | undefined
  /**
   * `'gate-up'`: gate comes first, as in the `gate_up_proj` of LLaMA (halves) and of GPT-OSS (interleaved). `'up-gate'`:
   * up comes first, as in PyTorch's `glu`. `'gate-up'` when left out.
   */
  readonly order?: 'gate-up' | 'up-gate' | undefined
}

/**
 * The bindings of `forward` for a GLU activation whose gate and up lie in one tensor. Where the tensors fit into a
 * binding, the call is one dispatch for any number of rows; otherwise one for as many rows as fit. Columns that are a
 * multiple of 4 in tensors that begin at a multiple of 4 elements are fastest.
 */
export interface PackedForwardBindings extends PackedPairs {
  /** Gate and up, in whole rows. Without `size`: from its offset to the end of its buffer. */
  readonly x: BufferBinding
  /** The result, half as long as x. Without `size`: half of x. It may not be in place. */
  readonly y: BufferBinding
}

/** The bindings of `backward` for a GLU activation whose gate and up lie in one tensor. */
export interface PackedBackwardBindings extends PackedPairs {
  /** The x of the forward call. Without `size`: from its offset to the end of its buffer. */
  readonly x: BufferBinding
  /** The upstream gradient, dL/dy, half as long as x. Without `size`: half of x. */
  readonly dy: BufferBinding
  /** The result dL/dx, in the order of x. Without `size`: as long as x. It may be in place of x. */
  readonly dx: BufferBinding
  /** Adds to the values in dx instead of overwriting them. dx then must not be in place. `false` when left out. */
  readonly accumulate?: boolean | undefined
}

/** Bindings of the one kind without those that only the other has. */
type Only<Bindings, Other> = Bindings & { readonly [Name in Exclude<keyof Other, keyof Bindings>]?: undefined }

/** The bindings of `forward` for an activation, or for a GLU activation: gate and up apart, or in one tensor. */
export type ForwardBindingsOf<Given> = (Given extends GluActivation
  ? { bindings: Only<GluForwardBindings, PackedForwardBindings> | Only<PackedForwardBindings, GluForwardBindings> }
  : { bindings: ForwardBindings })['bindings']

/** The bindings of `backward` for an activation, or for a GLU activation: gate and up apart, or in one tensor. */
export type BackwardBindingsOf<Given> = (Given extends GluActivation
  ? { bindings: Only<GluBackwardBindings, PackedBackwardBindings> | Only<PackedBackwardBindings, GluBackwardBindings> }
  : { bindings: BackwardBindings })['bindings']

/** Records activations into the caller's compute passes. Made by {@link createKernels}. */
export interface Kernels {
  /**
   * Records y = activation(x), or for a GLU activation y = f(gate) * up. Synchronous; submits nothing. Creates no objects
   * for bindings that it has seen before, and only bind groups for the same call on other buffers of the same sizes.
   *
   * The call sets the pipeline of the pass, its bind group 0 and, for prelu with several slopes, its bind group 1.
   * WebGPU cannot restore the earlier ones: set your own pipeline and bind groups again before your next dispatch. A
   * dispatch after neither runs the kernel once more. After a result in place or an accumulated one, bind group 0 is
   * unset, so that `finish()` of the encoder fails instead.
   *
   * An error of the device, such as one about a buffer of another device, reaches your error scopes or
   * `uncapturederror` the first time, and later calls throw it as a BindingError. WebGPU refuses a destroyed buffer at
   * the submission of the pass, not before.
   *
   * @throws InputError, BindingError or DestroyedError before anything is recorded; GpuError when memory runs out
   */
  forward<Given extends Activation | GluActivation>(
    pass: GPUComputePassEncoder,
    activation: Given,
    bindings: ForwardBindingsOf<Given>,
  ): void
  /**
   * Records dx = dy * activation'(x), or for a GLU activation dGate = dy * up * f'(gate) and dUp = dy * f(gate). As for
   * `forward`, set your own pipeline and bind groups again before your next dispatch.
   *
   * @throws InputError, BindingError or DestroyedError before anything is recorded; GpuError when memory runs out
   */
  backward<Given extends Activation | GluActivation>(
    pass: GPUComputePassEncoder,
    activation: Given,
    bindings: BackwardBindingsOf<Given>,
  ): void
  /**
   * Compiles the programs of these activations ahead of time, so that later calls need not wait for the compiler.
   * Optional. Covers calls whose tensors have buffers of their own, or whose result is in place. Other layouts, of
   * tensors that share a buffer, have programs of their own, which the first such call compiles.
   *
   * The first time on an adapter, `prepare` also measures which distribution of the elements over invocations is
   * fastest, unless {@link KernelsOptions.tune} is off.
   *
   * @param options the variant of the calls; by default y from x, and dx from x and dy, in float32
   * @throws (by rejection) InputError or DestroyedError; GpuError when the device refuses a program; the reason of the
   * signal
   */
  prepare(activations: readonly (Activation | GluActivation)[], options?: PrepareOptions): Promise<void>
}

/** The options of {@link createKernels}. */
export interface KernelsOptions {
  /**
   * Lets `prepare` measure, once for each adapter, which distribution of the elements over invocations is fastest:
   * about 0.1 s, with 48 MiB that are freed afterwards. Without the measurement the kind of adapter decides. Results
   * are the same. `true` when left out.
   */
  readonly tune?: boolean | undefined
}

/**
 * Creates kernels for the caller's device. The device is never destroyed; programs are compiled once per device.
 *
 * @throws InputError when `device` is not a GPUDevice, or an option is unknown or has an invalid value
 */
export function createKernels(device: GPUDevice, options?: KernelsOptions): Kernels {
  if (!isDevice(device)) {
    throw new InputError(
      'invalid-argument',
      `The device is ${show(device)}.`,
      'Give a GPUDevice, from adapter.requestDevice().',
    )
  }
  const { tune: tunes } = readOptions('createKernels', options, ['tune'], 'Give { tune: true } or { tune: false }.')
  const isTuned = flag(true)('tune', tunes)
  const recorder = recorderOf(device)
  const kernels: Kernels = {
    forward: (pass, activation, bindings) => recorder.record('forward', pass, activation, bindings),
    backward: (pass, activation, bindings) => recorder.record('backward', pass, activation, bindings),
    async prepare(activations, prepareOptions) {
      const { direction, format, signal, ...parts } = readPrepareOptions(prepareOptions)
      const directions: readonly Direction[] = direction === undefined ? ['forward', 'backward'] : [direction]
      const given = readActivations(activations)
      throwIfAborted([signal])
      const programs = programsOf(given as (Activation | GluActivation)[], directions, format, parts)
      // Beside the compilation.
      const tuning = isTuned ? loadTuning() : undefined
      const preparing = recorder.prepare(programs).then(async () => (await tuning)?.tune(device))
      await unlessAborted(preparing, signal === undefined ? [] : [signal])
    },
  }
  devices.set(kernels, device)
  return kernels
}

/** Loads the measurement of schedules. Without it the schedule stays as it is, as after a measurement that fails. */
function loadTuning() {
  const tooLate = (): GpuError => new GpuError('The measurement of schedules takes too long to load.', {}, 'timeout')
  return waitFor(import('../plan/tuning.ts'), LOADING, tooLate).catch(() => undefined)
}

// As long as a dispatcher waits.
const LOADING = { signals: [], timeLimit: 30_000 }

const devices = /* @__PURE__ */ new WeakMap<object, GPUDevice>()

/** Returns the device of kernels; undefined for anything that `createKernels` did not make. */
export function deviceOf(kernels: unknown): globalThis.GPUDevice | undefined {
  return devices.get(kernels as object)
}
