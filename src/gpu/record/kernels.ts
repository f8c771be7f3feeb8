import { throwIfAborted, unlessAborted } from '../../support/deadlines.ts'
import type { Activation } from '../../activations/support/activation.ts'
import type { GluActivation } from '../../activations/support/glu-activation.ts'
import { InputError, show } from '../../support/errors.ts'
import type { Format } from '../../support/formats.ts'
import type { GPUBuffer, GPUComputePassEncoder, GPUDevice } from '../../support/platform-types.ts'
import { once } from '../../support/once.ts'
import { flag, readOptions } from '../../support/reading.ts'
import { isDevice } from '../device/device.ts'
import { type PrepareOptions, readActivations, readPrepareOptions } from './prepare-options.ts'
import { Recorder } from './recorder.ts'
import { tune } from '../plan/tuning.ts'

/** A range of a buffer, as WebGPU's `GPUBufferBinding` has it. */
export interface BufferBinding {
  /** Created with `GPUBufferUsage.STORAGE`. */
  readonly buffer: GPUBuffer
  /** In bytes, a multiple of 4; 0 when left out. */
  readonly offset?: number | undefined
  /** In bytes. */
  readonly size?: number | undefined
}

/** What every call takes beside its tensors. */
interface Formatted {
  /**
   * How the elements of all tensors are written, biases included: `'f32'` (default); `'f16'` or `'bf16'`, two to a 32-bit
   * word, computed in float32 and rounded once to nearest even, without the feature `shader-f16`; `'i32'`, for relu.
   */
  readonly format?: Format | undefined
}

/**
 * Where `forward` finds x and puts y: ranges of one length.
 *
 * Every range here and below begins at any multiple of 4 bytes and holds any number of elements. A buffer may hold several of
 * them, but no two that overlap, unless a result is in place: the very range of an input.
 */
export interface ForwardBindings extends Formatted {
  /** The input; of a prelu whole periods of its slopes. Without `size`: from its offset to the end of its buffer. */
  readonly x: BufferBinding
  /** The result. Without `size`: as long as x. The very range of x is fine. */
  readonly y: BufferBinding
  /**
   * Written, where given: bit i % 32 of word i / 32 is 1 where the gate of element i is open. At least 4 bytes for every 32
   * elements begun; bits beyond the last element become 0. For activations whose gradient such a bit tells: relu, leakyRelu,
   * prelu, threshold, relu6, hardTanh, hardShrink, softShrink.
   */
  readonly mask?: BufferBinding | undefined
  /** Added to x before anything else: `bias[i % length]` to element i. Without `size`: to the end of its buffer. */
  readonly bias?: BufferBinding | undefined
}

interface GradientBindings extends Formatted {
  /** The upstream gradient, dL/dy. */
  readonly dy: BufferBinding
  /** The result, dL/dx. Without `size`: as long as dy. The very range of an input is fine: in place. */
  readonly dx: BufferBinding
  /**
   * The gradient of a bias, where given: element c is the sum of dL/dx over all i with i % length = c. Each sum is added up in
   * float32 (i32: in int32, wrapping) by a tree whose shape depends on lengths and limits alone, and rounded once; where tensors are
   * longer than a binding holds, once for each part.
   */
  readonly dbias?: BufferBinding | undefined
  /** Adds to what dx and dbias hold instead of overwriting it. dx has a range of its own then. `false` when left out. */
  readonly accumulate?: boolean | undefined
}

/** Where `backward` finds dy and what tells the derivative, one of x, y and mask, and where it puts dx. */
export type BackwardBindings =
  | (GradientBindings & {
      /** The input of the forward call. Without `size`: from its offset to the end of its buffer. */
      readonly x: BufferBinding
      /** The bias of the forward call. */
      readonly bias?: BufferBinding | undefined
    })
  | (GradientBindings & {
      /**
       * The result of the forward call, in place of x: for relu, leakyRelu, prelu and elu with no negative alpha, and for selu,
       * sigmoid, tanh, softplus and others whose derivative it tells. dx is as exact as a rounded y allows: of relu6 and hardTanh with
       * a bias in 16 bits, a sum that is rounded to the bound counts as the bound.
       */
      readonly y: BufferBinding
    })
  | (GradientBindings & {
      /** The mask of the forward call, in place of x. */
      readonly mask: BufferBinding
    })

/** Where `forward` of a gated pair finds its inputs and puts y: ranges of one length. */
export interface GluForwardBindings extends Formatted {
  /** What goes through the activation. Without `size`: from its offset to the end of its buffer. */
  readonly gate: BufferBinding
  /** What it is multiplied with. Without `size`: as long as gate. */
  readonly up: BufferBinding
  /** The result. Without `size`: as long as gate. The very range of gate or of up is fine. */
  readonly y: BufferBinding
  /** Added to gate before anything else, as `bias` is to x. */
  readonly gateBias?: BufferBinding | undefined
  /** Added to up before anything else; as long as `gateBias`. */
  readonly upBias?: BufferBinding | undefined
}

/** Where `backward` of a gated pair finds its inputs and puts its two results: ranges of one length. */
export interface GluBackwardBindings extends Formatted {
  /** What went through the activation. Without `size`: from its offset to the end of its buffer. */
  readonly gate: BufferBinding
  /** What it was multiplied with. Without `size`: as long as gate. */
  readonly up: BufferBinding
  /** The upstream gradient, dL/dy. Without `size`: as long as gate. */
  readonly dy: BufferBinding
  /** dL/dgate. Without `size`: as long as gate. The very range of an input is fine. */
  readonly dGate: BufferBinding
  /** dL/dup. Without `size`: as long as gate. The very range of an input is fine. */
  readonly dUp: BufferBinding
  /** The bias of gate in the forward call. */
  readonly gateBias?: BufferBinding | undefined
  /** The bias of up in the forward call. */
  readonly upBias?: BufferBinding | undefined
  /** The gradient of `gateBias`, as `dbias` is that of a bias; as long as the biases. */
  readonly dGateBias?: BufferBinding | undefined
  /** The gradient of `upBias`. */
  readonly dUpBias?: BufferBinding | undefined
  /** Adds to what the gradients hold. dGate and dUp have ranges of their own then. `false` when left out. */
  readonly accumulate?: boolean | undefined
}

/** What `forward` binds for an activation, or for a pair. */
export type ForwardBindingsOf<Given> = (Given extends GluActivation
  ? { bindings: GluForwardBindings }
  : { bindings: ForwardBindings })['bindings']

/** What `backward` binds for an activation, or for a pair. */
export type BackwardBindingsOf<Given> = (Given extends GluActivation
  ? { bindings: GluBackwardBindings }
  : { bindings: BackwardBindings })['bindings']

/** Records activations into compute passes of the caller's. Made by {@link createKernels}. */
export interface Kernels {
  /**
   * Records y = activation(x), or of a pair y = f(gate) * up. Synchronous; submits nothing, and creates nothing for bindings it has
   * seen before.
   *
   * It sets the pipeline of the pass, its bind group 0 and, for prelu with several slopes, its bind group 1, and WebGPU cannot put
   * back what was there: set your own pipeline and bind groups again before your next dispatch. One that forgets both runs the kernel
   * once more; after a result in place, or one that was accumulated, bind group 0 is unset instead, and `finish()` of the encoder fails.
   *
   * What the device objects to, such as a buffer of another device, reaches your error scopes or `uncapturederror` the first time, and is
   * a BindingError from then on. WebGPU refuses a destroyed buffer at the submission of the pass, not before.
   *
   * @throws InputError BindingError DestroyedError before anything is recorded; GpuError when there is no memory for what it creates
   */
  forward<Given extends Activation | GluActivation>(
    pass: GPUComputePassEncoder,
    activation: Given,
    bindings: ForwardBindingsOf<Given>,
  ): void
  /**
   * Records dx = dy * activation'(x), or of a pair dGate = dy * up * f'(gate) and dUp = dy * f(gate), as above: your own pipeline and bind
   * groups are to be set again before your next dispatch.
   *
   * @throws InputError BindingError DestroyedError before anything is recorded; GpuError when there is no memory for what it creates
   */
  backward<Given extends Activation | GluActivation>(
    pass: GPUComputePassEncoder,
    activation: Given,
    bindings: BackwardBindingsOf<Given>,
  ): void
  /**
   * Compiles the programs of these activations ahead of time, so that no later call waits for a compiler: calls whose tensors
   * are in buffers of their own, or whose result lies over an input. Tensors that share a buffer otherwise have programs of their
   * own, which the first such call compiles. Optional.
   *
   * The first time on an adapter it also measures in which order invocations had best take the elements, unless
   * {@link KernelsOptions.tune} is off.
   *
   * @param options which variant the calls will have, when they are more than y from x and dx from x and dy in float32
   * @throws InputError DestroyedError; GpuError when the device refuses a program; the reason of the signal
   */
  prepare(activations: readonly (Activation | GluActivation)[], options?: PrepareOptions): Promise<void>
}

/** How kernels use their device. */
export interface KernelsOptions {
  /**
   * Whether `prepare` measures, once for an adapter, which order of the elements suits it: about 0.1 s, with 48 MiB that are freed
   * then. Without that, or without `prepare`, the order goes by the kind of adapter. Results are the same. `true` when left out.
   */
  readonly tune?: boolean | undefined
}

/**
 * Kernels for a device of the caller's. The device is used and never destroyed; programs are compiled once a device.
 *
 * @throws InputError when it is not a GPUDevice, or an option does not exist or has no such value
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
  const isTuned = flag('tune', tunes, true)
  const recorder = recorderOf(device)
  return {
    forward: (pass, activation, bindings) => recorder.record('forward', pass, activation, bindings),
    backward: (pass, activation, bindings) => recorder.record('backward', pass, activation, bindings),
    async prepare(activations, prepareOptions) {
      const { directions, format, variantOf, signal } = readPrepareOptions(prepareOptions)
      const given = readActivations(activations)
      throwIfAborted([signal])
      const preparing = recorder
        .prepare(given as (Activation | GluActivation)[], directions, format, variantOf)
        .then(() => (isTuned ? tune(device) : undefined))
      await unlessAborted(preparing, signal === undefined ? [] : [signal])
    },
  }
}

const recorders = new WeakMap<GPUDevice, Recorder>()

/** The recorder of a device, which all its kernels share. */
function recorderOf(device: GPUDevice): Recorder {
  return once(recorders, device, () => new Recorder(device))
}
