import { Activation } from '../activations/activation.ts'
import { BindingError, DestroyedError, InputError, show } from '../errors.ts'
import { type BufferRange, readBindings, sameRange } from './bindings.ts'
import { BufferUsage } from './constants.ts'
import { isDevice, lossOf } from './device.ts'
import { Grid, SEGMENT_ALIGNMENT } from './grid.ts'
import { KERNEL_NAMES, type KernelName, type Lanes, Programs } from './program.ts'

/** Where `forward` finds x and puts y: ranges of float32, of one length. */
export interface ForwardBindings {
  /** The input. Without `size`: from its offset to the end of its buffer. */
  readonly x: GPUBufferBinding
  /** The result. Without `size`: as long as x. The very range of x is fine: in place. */
  readonly y: GPUBufferBinding
}

/** Where `backward` finds x and dy and puts dx: ranges of float32, of one length. */
export interface BackwardBindings {
  /** The input of the forward call. Without `size`: from its offset to the end of its buffer. */
  readonly x: GPUBufferBinding
  /** The upstream gradient, dL/dy. Without `size`: as long as x. */
  readonly dy: GPUBufferBinding
  /** The result, dL/dx. Without `size`: as long as x. The very range of x or of dy is fine: in place. */
  readonly dx: GPUBufferBinding
}

/** Records activations into compute passes of the caller's. Made by {@link createKernels}. */
export interface Kernels {
  /**
   * Records y = activation(x). Synchronous; submits nothing.
   *
   * Offsets are multiples of 256 bytes, sizes multiples of 4; any length from 0 up, larger than one binding may be too.
   *
   * @throws InputError BindingError DestroyedError before anything is recorded
   */
  forward(pass: GPUComputePassEncoder, activation: Activation, bindings: ForwardBindings): void
  /**
   * Records dx = dy * activation'(x). Synchronous; submits nothing. Ranges as in `forward`.
   *
   * @throws InputError BindingError DestroyedError before anything is recorded
   */
  backward(pass: GPUComputePassEncoder, activation: Activation, bindings: BackwardBindings): void
  /**
   * Compiles the programs of these activations ahead of time, so that no later call waits for a compiler. Optional.
   *
   * @throws InputError DestroyedError; GpuError when the device refuses a program
   */
  prepare(activations: readonly Activation[]): Promise<void>
}

/**
 * Kernels for a device of the caller's. The device is used and never destroyed; programs are compiled once a device.
 *
 * @throws InputError when it is not a GPUDevice
 */
export function createKernels(device: GPUDevice): Kernels {
  if (!isDevice(device)) {
    throw new InputError(
      'invalid-argument',
      `The device is ${show(device)}.`,
      'Give a GPUDevice, from adapter.requestDevice().',
    )
  }
  return recorderOf(device)
}

const recorders = new WeakMap<GPUDevice, Recorder>()

/** The kernels of a device: all who use one device share its programs. */
export function recorderOf(device: GPUDevice): Recorder {
  let recorder = recorders.get(device)
  if (recorder === undefined) {
    recorder = new Recorder(device)
    recorders.set(device, recorder)
  }
  return recorder
}

const WORD = 4
const VECTOR = 16
const MOST_CACHED_PARAMETERS = 256

/** What one dispatch needs in a pass. */
interface Dispatch {
  readonly pipeline: GPUComputePipeline
  readonly bindGroup: GPUBindGroup
  readonly workgroups: number
}

/** The kernels of one device. */
export class Recorder implements Kernels {
  readonly #device: GPUDevice
  readonly #programs: Programs
  readonly #grid: Grid
  readonly #parameters = new Map<string, GPUBuffer>()
  #lost: GPUDeviceLostInfo | undefined

  constructor(device: GPUDevice) {
    this.#device = device
    this.#programs = new Programs(device)
    this.#grid = new Grid(device)
    void device.lost.then(info => (this.#lost = info))
  }

  forward(pass: GPUComputePassEncoder, activation: Activation, bindings: ForwardBindings): void {
    this.#check(pass, activation)
    const { x, y } = readBindings(bindings, ['x', 'y'])
    if (sameRange('y', y, 'x', x)) this.#record(pass, activation, 'forward-over-x', [y])
    else this.#record(pass, activation, 'forward', [x, y])
  }

  backward(pass: GPUComputePassEncoder, activation: Activation, bindings: BackwardBindings): void {
    this.#check(pass, activation)
    const { x, dy, dx } = readBindings(bindings, ['x', 'dy', 'dx'])
    const overDy = sameRange('dx', dx, 'dy', dy)
    const overX = sameRange('dx', dx, 'x', x)
    if (overX && overDy) {
      throw new BindingError('x, dy and dx are one range.', 'Bind dx over x or over dy, not over both.')
    }
    if (overDy) this.#record(pass, activation, 'backward-over-dy', [x, dx])
    else if (overX) this.#record(pass, activation, 'backward-over-x', [dy, dx])
    else this.#record(pass, activation, 'backward', [x, dy, dx])
  }

  async prepare(activations: readonly Activation[]): Promise<void> {
    if (!Array.isArray(activations)) {
      throw new InputError(
        'invalid-argument',
        `prepare was given ${show(activations)}.`,
        'Give an array of activations.',
      )
    }
    for (const activation of activations) this.#checkActivation(activation)
    await allOf(activations.flatMap(activation => KERNEL_NAMES.map(kernel => this.prepareKernel(activation, kernel))))
  }

  /** Compiles one kernel at both widths. @throws GpuError DestroyedError */
  async prepareKernel(activation: Activation, kernel: KernelName): Promise<void> {
    this.#checkDevice()
    const widths: readonly Lanes[] = ['vec4', 'scalar']
    await allOf(widths.map(lanes => this.#programs.prepare(activation, kernel, lanes)))
    // A lost device takes everything.
    this.#lost ??= await lossOf(this.#device)
    this.#checkDevice()
  }

  /** The last buffer is written. All ranges have one size. */
  #record(
    pass: GPUComputePassEncoder,
    activation: Activation,
    kernel: KernelName,
    ranges: readonly BufferRange[],
  ): void {
    const size = ranges[0]!.size
    if (size === 0) return
    const dispatches: Dispatch[] = []
    const { largestSegment } = this.#grid
    for (let start = 0; start < size; start += largestSegment) {
      const bytes = Math.min(largestSegment, size - start)
      // A vector that is cut by the end cannot be bound, so the last few elements go one by one, from an offset that can.
      const vectors = bytes % VECTOR === 0 ? bytes : bytes - (bytes % SEGMENT_ALIGNMENT)
      const tail = bytes - vectors
      if (vectors > 0) dispatches.push(this.#prepareDispatch(activation, kernel, 'vec4', ranges, start, vectors))
      if (tail > 0) dispatches.push(this.#prepareDispatch(activation, kernel, 'scalar', ranges, start + vectors, tail))
    }
    // Nothing is recorded before everything is made.
    for (const { pipeline, bindGroup, workgroups } of dispatches) {
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, bindGroup)
      pass.dispatchWorkgroups(workgroups)
    }
  }

  #prepareDispatch(
    activation: Activation,
    kernel: KernelName,
    lanes: Lanes,
    ranges: readonly BufferRange[],
    start: number,
    bytes: number,
  ): Dispatch {
    const entries: GPUBindGroupEntry[] = ranges.map(({ buffer, offset }, i) => ({
      binding: i + 1,
      resource: { buffer, offset: offset + start, size: bytes },
    }))
    entries.unshift({ binding: 0, resource: { buffer: this.#parametersOf(activation) } })
    const label = `webgpu-activations ${activation.name} ${kernel}`
    return {
      pipeline: this.#programs.pipeline(activation, kernel, lanes),
      bindGroup: this.#bindGroup({ label, layout: this.#programs.layout(kernel), entries }),
      workgroups: this.#grid.workgroupsFor(bytes / (lanes === 'vec4' ? VECTOR : WORD)),
    }
  }

  #bindGroup(descriptor: GPUBindGroupDescriptor): GPUBindGroup {
    try {
      return this.#device.createBindGroup(descriptor)
    } catch (error) {
      throw new BindingError(`The device takes no such binding: ${String(error)}.`, 'Give GPUBuffers of this device.')
    }
  }

  // Written once and never again: a pass that waits for its submission must find the values it was recorded with. A
  // buffer that leaves the cache is not destroyed, for the same reason; it goes when nothing refers to it.
  #parametersOf({ uniforms }: Activation): GPUBuffer {
    const key = uniforms.map(value => (Object.is(value, -0) ? '-0' : value)).join()
    let buffer = this.#parameters.get(key)
    if (buffer === undefined) {
      buffer = this.#device.createBuffer({
        label: `webgpu-activations parameters ${key}`,
        size: VECTOR,
        usage: BufferUsage.UNIFORM | BufferUsage.COPY_DST,
        mappedAtCreation: true,
      })
      new Float32Array(buffer.getMappedRange()).set(uniforms)
      buffer.unmap()
    }
    this.#parameters.delete(key)
    this.#parameters.set(key, buffer)
    if (this.#parameters.size > MOST_CACHED_PARAMETERS) this.#parameters.delete(this.#parameters.keys().next().value!)
    return buffer
  }

  #check(pass: GPUComputePassEncoder, activation: Activation): void {
    this.#checkDevice()
    this.#checkActivation(activation)
    const encoder = pass as Partial<GPUComputePassEncoder> | null | undefined
    const methods = [encoder?.setPipeline, encoder?.setBindGroup, encoder?.dispatchWorkgroups]
    if (methods.every(method => typeof method === 'function')) return
    throw new InputError(
      'invalid-argument',
      `The pass is ${show(pass)}.`,
      'Give a GPUComputePassEncoder, from encoder.beginComputePass().',
    )
  }

  #checkActivation(activation: unknown): void {
    if (Activation.is(activation)) return
    throw new InputError(
      'invalid-argument',
      `The activation is ${show(activation)}.`,
      'Give one made here, such as relu().',
    )
  }

  #checkDevice(): void {
    if (this.#lost === undefined) return
    const { reason, message } = this.#lost
    throw new DestroyedError(`The device is lost (${reason}: ${message}).`, 'Create kernels for a live device.')
  }
}

// Promise.all rejects while others still run, and who tries again would join those that are bound to fail.
async function allOf(tasks: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(tasks)) if (outcome.status === 'rejected') throw outcome.reason
}
