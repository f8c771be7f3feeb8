import type { Activation } from '../../activations/support/activation.ts'
import { type ConstantBuffers, makeConstant } from './constant-buffers.ts'
import { BufferUsage } from '../device/constants.ts'
import { inErrorScopes } from '../device/error-scopes.ts'
import type { PipelineCache } from './programs.ts'
import { platform, type Reference, weakly } from '../../support/platform.ts'
import { BYTES_PER_WORD } from '../../operations/layout.ts'

// 32 activations of 2^18 slopes each. What is let go of is made again when it is used again.
const MOST_BYTES = 32 * 2 ** 20
// What Dawn takes for a buffer and its bind group beside the slopes, about: so that of few slopes 2,048 are kept.
const BYTES_EACH = 16 * 2 ** 10

/** The slopes of an activation, to which this does not refer. */
class Slopes {
  readonly bytes: number
  /** Undefined: it was let go of. */
  buffer: GPUBuffer | undefined
  /** The same one, while nobody has collected it. */
  former: Reference<GPUBuffer> | undefined
  /** By the element that a dispatch begins with. */
  readonly bindGroups = new Map<number, GPUBindGroup>()
  readonly reference: Reference<Slopes>

  /** @param areKept whether they are to be let go of before they are collected */
  constructor(bytes: number, areKept: boolean) {
    this.bytes = bytes
    this.reference = areKept ? { deref: () => this } : weakly(this)
  }
}

/**
 * The slopes of activations on a device, in bind groups. They belong to the activations, and are collected with them; those that were
 * used last are kept, within a bound of bytes.
 *
 * In passes of the caller's, what is let go of is left to the garbage collector, which frees a buffer when no bind group and no
 * command buffer refers to it. Nobody else can know when that is: a pass tells neither its encoder nor its command buffer, which may
 * be submitted at any time, and is refused if a buffer of it is destroyed by then.
 */
export class SlopeBuffers {
  readonly #device: GPUDevice
  readonly #programs: PipelineCache
  readonly #constants: ConstantBuffers
  readonly #destroys: boolean
  readonly #of = new WeakMap<Activation, Slopes>()
  /** Those that have a buffer, and their bytes. The first was used longest ago. */
  readonly #recent = new Map<Reference<Slopes>, number>()
  #latest: Reference<Slopes> | undefined
  #bytes = 0

  /** @param destroys whether all that was recorded is submitted when something else is, so that buffers can be destroyed */
  constructor(device: GPUDevice, programs: PipelineCache, constants: ConstantBuffers, destroys: boolean) {
    this.#device = device
    this.#programs = programs
    this.#constants = constants
    this.#destroys = destroys
  }

  /**
   * The bind group with the slopes of an activation, for a dispatch.
   *
   * @param element the index in its tensor of the first element that is computed
   * @throws GpuError when the engine has no memory for them
   */
  bindGroup(activation: Activation, element: number): GPUBindGroup {
    const slopes = this.#slopesOf(activation)
    let bindGroup = slopes.bindGroups.get(element)
    if (bindGroup === undefined) {
      const { buffer } = slopes
      bindGroup = this.#make(activation, buffer!, element)
      if (slopes.bindGroups.size === 0 && !this.#destroys)
        this.#ask(slopes, () => this.#make(activation, buffer!, element))
      slopes.bindGroups.set(element, bindGroup)
    }
    return bindGroup
  }

  /** Lets go of all. */
  free(): void {
    this.#trim(0)
  }

  #slopesOf(activation: Activation): Slopes {
    const values = activation.channels!.slopes
    let slopes = this.#of.get(activation)
    if (slopes === undefined) {
      slopes = new Slopes(values.length * BYTES_PER_WORD + BYTES_EACH, this.#destroys)
      this.#of.set(activation, slopes)
    }
    if (slopes.buffer === undefined) {
      this.#trim(MOST_BYTES - slopes.bytes)
      slopes.buffer = slopes.former?.deref() ?? this.#upload(activation)
      this.#bytes += slopes.bytes
      this.#latest = undefined
    }
    if (this.#latest !== slopes.reference) {
      this.#latest = slopes.reference
      this.#recent.delete(this.#latest)
      this.#recent.set(this.#latest, slopes.bytes)
    }
    return slopes
  }

  #upload(activation: Activation): GPUBuffer {
    const { slopes } = activation.channels!
    const write = (memory: ArrayBuffer): void => new Float32Array(memory).set(slopes)
    const bytes = slopes.length * BYTES_PER_WORD
    return makeConstant(this.#device, 'slopes', BufferUsage.STORAGE, bytes, write)
  }

  #make({ channels }: Activation, buffer: GPUBuffer, element: number): GPUBindGroup {
    const { inner, slopes } = channels!
    const placement = Uint32Array.of(inner, Math.floor(element / inner) % slopes.length, element % inner)
    return this.#device.createBindGroup({
      label: 'webgpu-activations slopes',
      layout: this.#programs.slopesLayout(),
      entries: [
        { binding: 0, resource: { buffer, size: slopes.length * BYTES_PER_WORD } },
        { binding: 1, resource: { buffer: this.#constants.uniform('placement', placement) } },
      ],
    })
  }

  /** Asks the device whether it has made them. If not, it has told the caller why, and they are made anew by the next call. */
  #ask(slopes: Slopes, make: () => GPUBindGroup): void {
    const { buffer } = slopes
    const [, accepted] = inErrorScopes(this.#device, 'slopes', make)
    accepted.catch(() => {
      if (slopes.buffer === buffer) this.#letGo(slopes)
      slopes.former = undefined
    })
  }

  /** Lets go of those that were used longest ago, until the others have no more bytes. */
  #trim(most: number): void {
    for (const [reference, bytes] of this.#recent) {
      if (this.#bytes <= most) return
      const slopes = reference.deref()
      if (slopes !== undefined) this.#letGo(slopes)
      else if (this.#recent.delete(reference)) this.#bytes -= bytes
    }
  }

  #letGo(slopes: Slopes): void {
    if (this.#recent.delete(slopes.reference)) this.#bytes -= slopes.bytes
    slopes.bindGroups.clear()
    if (this.#destroys) slopes.buffer!.destroy()
    // Where it is used again before it is collected, another would be one more to be collected.
    else if (platform('WeakRef') !== undefined) slopes.former = weakly(slopes.buffer!)
    slopes.buffer = undefined
  }
}
