import { Activation, type Kernel } from '../activations/activation.ts'
import { type GatedActivation, isGated } from '../activations/gated.ts'
import { BindingError, DestroyedError, InputError, show } from '../errors.ts'
import { type BufferRange, readBindings, sameRange } from './bindings.ts'
import { BufferUsage } from './constants.ts'
import { isDevice, lossOf } from './device.ts'
import { Grid, SEGMENT_ALIGNMENT } from './grid.ts'
import { chooseBackward, chooseForward, type PairBackwardBindings, type PairForwardBindings } from './pairs.ts'
import { boundSlopes, KERNELS, type Lanes, type Programmed, Programs } from './program.ts'

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
  /** Records y = f(gate) * up, as above. */
  forward(pass: GPUComputePassEncoder, pair: GatedActivation, bindings: PairForwardBindings): void
  /**
   * Records dx = dy * activation'(x). Synchronous; submits nothing. Ranges as in `forward`.
   *
   * @throws InputError BindingError DestroyedError before anything is recorded
   */
  backward(pass: GPUComputePassEncoder, activation: Activation, bindings: BackwardBindings): void
  /** Records dGate = dy * up * f'(gate) and dUp = dy * f(gate), as above. */
  backward(pass: GPUComputePassEncoder, pair: GatedActivation, bindings: PairBackwardBindings): void
  /**
   * Compiles the programs of these activations ahead of time, so that no later call waits for a compiler. Optional.
   *
   * @throws InputError DestroyedError; GpuError when the device refuses a program
   */
  prepare(activations: readonly (Activation | GatedActivation)[]): Promise<void>
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
const MOST_CACHED_UNIFORMS = 256

/** What one dispatch needs in a pass. */
interface Dispatch {
  readonly pipeline: GPUComputePipeline
  readonly bindGroups: readonly GPUBindGroup[]
  readonly workgroups: number
}

/** The kernels of one device. */
export class Recorder implements Kernels {
  readonly #device: GPUDevice
  readonly #programs: Programs
  readonly #grid: Grid
  readonly #uniforms = new Map<string, GPUBuffer>()
  readonly #slopes = new WeakMap<Programmed, GPUBuffer>()
  #lost: GPUDeviceLostInfo | undefined

  constructor(device: GPUDevice) {
    this.#device = device
    this.#programs = new Programs(device)
    this.#grid = new Grid(device)
    void device.lost.then(info => (this.#lost = info))
  }

  /** @param start the index of the first element in its tensor, of which this may be a part */
  forward(
    pass: GPUComputePassEncoder,
    activation: Programmed,
    bindings: ForwardBindings | PairForwardBindings,
    start = 0,
  ): void {
    this.#check(pass, activation)
    if (isGated(activation)) return this.#record(pass, activation, ...chooseForward(activation, bindings), start)
    const { x, y } = readBindings(bindings, ['x', 'y'])
    if (sameRange('y', y, 'x', x)) this.#record(pass, activation, KERNELS.forwardOverX, [y], start)
    else this.#record(pass, activation, KERNELS.forward, [x, y], start)
  }

  /** @param start as in `forward` */
  backward(
    pass: GPUComputePassEncoder,
    activation: Programmed,
    bindings: BackwardBindings | PairBackwardBindings,
    start = 0,
  ): void {
    this.#check(pass, activation)
    if (isGated(activation)) return this.#record(pass, activation, ...chooseBackward(activation, bindings), start)
    const { x, dy, dx } = readBindings(bindings, ['x', 'dy', 'dx'])
    const overDy = sameRange('dx', dx, 'dy', dy)
    const overX = sameRange('dx', dx, 'x', x)
    if (overX && overDy) {
      throw new BindingError('x, dy and dx are one range.', 'Bind dx over x or over dy, not over both.')
    }
    if (overDy) this.#record(pass, activation, KERNELS.backwardOverDy, [x, dx], start)
    else if (overX) this.#record(pass, activation, KERNELS.backwardOverX, [dy, dx], start)
    else this.#record(pass, activation, KERNELS.backward, [x, dy, dx], start)
  }

  async prepare(activations: readonly Programmed[]): Promise<void> {
    if (!Array.isArray(activations)) {
      throw new InputError(
        'invalid-argument',
        `prepare was given ${show(activations)}.`,
        'Give an array of activations.',
      )
    }
    for (const activation of activations) this.#checkActivation(activation)
    const kernelsOf = (activation: Programmed): readonly Kernel[] =>
      Object.values(isGated(activation) ? activation.kernels : KERNELS)
    await allOf(
      activations.flatMap(activation => kernelsOf(activation).map(kernel => this.prepareKernel(activation, kernel))),
    )
  }

  /** Compiles one kernel at both widths. @throws GpuError DestroyedError */
  async prepareKernel(activation: Programmed, kernel: Kernel): Promise<void> {
    this.#checkDevice()
    const widths: readonly Lanes[] = ['vec4', 'scalar']
    await allOf(widths.map(lanes => this.#programs.prepare(activation, kernel, lanes)))
    // A lost device takes everything.
    this.#lost ??= await lossOf(this.#device)
    this.#checkDevice()
  }

  /** All ranges have one size. */
  #record(
    pass: GPUComputePassEncoder,
    activation: Programmed,
    kernel: Kernel,
    ranges: readonly BufferRange[],
    start: number,
  ): void {
    const size = ranges[0]!.size
    const dispatches: Dispatch[] = []
    const { largestSegment } = this.#grid
    for (let offset = 0; offset < size; offset += largestSegment) {
      const bytes = Math.min(largestSegment, size - offset)
      // A vector that is cut by the end cannot be bound, so the last few elements go one by one, from an offset that can.
      const vectors = bytes % VECTOR === 0 ? bytes : bytes - (bytes % SEGMENT_ALIGNMENT)
      const tail = bytes - vectors
      const part = (lanes: Lanes, from: number, length: number): Dispatch => ({
        pipeline: this.#programs.pipeline(activation, kernel, lanes),
        bindGroups: this.#bindGroups(activation, kernel, ranges, from, length, start + from / WORD),
        workgroups: this.#grid.workgroupsFor(length / (lanes === 'vec4' ? VECTOR : WORD)),
      })
      if (vectors > 0) dispatches.push(part('vec4', offset, vectors))
      if (tail > 0) dispatches.push(part('scalar', offset + vectors, tail))
    }
    // Nothing is recorded before everything is made.
    for (const { pipeline, bindGroups, workgroups } of dispatches) {
      pass.setPipeline(pipeline)
      for (const [index, bindGroup] of bindGroups.entries()) pass.setBindGroup(index, bindGroup)
      pass.dispatchWorkgroups(workgroups)
    }
  }

  /** @param element the index in its tensor of what is bound first */
  #bindGroups(
    activation: Programmed,
    kernel: Kernel,
    ranges: readonly BufferRange[],
    from: number,
    size: number,
    element: number,
  ): GPUBindGroup[] {
    const label = `webgpu-activations ${activation.name} ${kernel.name}`
    const parameters = this.#uniform(Float32Array.from(activation.uniforms))
    const parts = ranges.map(({ buffer, offset }) => ({ buffer, offset: offset + from, size }))
    const groups = [this.#bindGroup(label, this.#programs.layout(kernel), [{ buffer: parameters }, ...parts])]
    const slopes = boundSlopes(activation)
    if (slopes !== undefined) {
      const { inner } = (activation as Activation).channels!
      const placement = Uint32Array.of(inner, Math.floor(element / inner) % slopes.length, element % inner)
      const resources = [{ buffer: this.#slopesOf(activation, slopes) }, { buffer: this.#uniform(placement) }]
      groups.push(this.#bindGroup(label, this.#programs.slopesLayout(), resources))
    }
    return groups
  }

  #bindGroup(label: string, layout: GPUBindGroupLayout, resources: readonly GPUBufferBinding[]): GPUBindGroup {
    const entries = resources.map((resource, binding) => ({ binding, resource }))
    try {
      return this.#device.createBindGroup({ label, layout, entries })
    } catch (error) {
      throw new BindingError(`The device takes no such binding: ${String(error)}.`, 'Give GPUBuffers of this device.')
    }
  }

  // Written once and never again: a pass that waits for its submission must find the values it was recorded with. A
  // buffer that leaves the cache is not destroyed, for the same reason; it goes when nothing refers to it.
  #uniform(values: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): GPUBuffer {
    const words = new Uint32Array(values.buffer)
    const key = words.join()
    const buffer = this.#uniforms.get(key) ?? this.#constant(`parameters ${key}`, BufferUsage.UNIFORM, words, VECTOR)
    this.#uniforms.delete(key)
    this.#uniforms.set(key, buffer)
    if (this.#uniforms.size > MOST_CACHED_UNIFORMS) this.#uniforms.delete(this.#uniforms.keys().next().value!)
    return buffer
  }

  #slopesOf(activation: Programmed, slopes: readonly number[]): GPUBuffer {
    let buffer = this.#slopes.get(activation)
    if (buffer === undefined) {
      const words = new Uint32Array(Float32Array.from(slopes).buffer)
      buffer = this.#constant(`slopes of ${activation}`, BufferUsage.STORAGE, words, words.byteLength)
      this.#slopes.set(activation, buffer)
    }
    return buffer
  }

  #constant(name: string, usage: number, words: Uint32Array, size: number): GPUBuffer {
    const label = `webgpu-activations ${name}`
    const buffer = this.#device.createBuffer({ label, size, usage, mappedAtCreation: true })
    new Uint32Array(buffer.getMappedRange()).set(words)
    buffer.unmap()
    return buffer
  }

  #check(pass: GPUComputePassEncoder, activation: Programmed): void {
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
    if (Activation.is(activation) || isGated(activation)) return
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
