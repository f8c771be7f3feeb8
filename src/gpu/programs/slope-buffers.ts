import type { Activation } from '../../activations/support/activation.ts'
import type { SlopePattern } from '../../activations/support/channels.ts'
import { type ConstantBuffers, makeConstant } from './constant-buffers.ts'
import { BufferUsage } from '../device/constants.ts'
import { inErrorScopes } from '../device/error-scopes.ts'
import type { PipelineCache } from './programs.ts'
import { platform, type WeakReference, weakly } from '../../support/platform.ts'
import { BYTES_PER_WORD } from '../../operations/layout.ts'

// 32 activations of 2^18 slopes each. An evicted buffer is created again when its activation is used again.
const MOST_BYTES = 32 * 2 ** 20
// About the memory that Dawn takes for a buffer and its bind group beside the slopes. This limits the cache to
// 2,048 entries.
const BYTES_EACH = 16 * 2 ** 10

/** Returns the words of the shader's `placement`, for a dispatch from an element of the tensor on. */
export function placementOf({ count, inner }: SlopePattern, element: number): Uint32Array {
  return Uint32Array.of(inner, Math.floor(element / inner) % count, element % inner, count)
}

/** The cache entry for the slopes of an activation. It holds no reference to the activation. */
class Slopes {
  readonly bytes: number
  buffer: GPUBuffer | undefined
  /** The evicted buffer, until it is collected. */
  former: WeakReference<GPUBuffer> | undefined
  /** Keyed by the first element of a dispatch. */
  readonly bindGroups = new Map<number, GPUBindGroup>()
  readonly reference: WeakReference<Slopes>

  /** @param areKept true when the cache keeps the entry alive, because eviction has to destroy its buffer */
  constructor(bytes: number, areKept: boolean) {
    this.bytes = bytes
    this.reference = areKept ? { deref: () => this } : weakly(this)
  }
}

/**
 * Caches the slopes of activations on a device, in bind groups. An entry lives at most as long as its activation; the
 * least recently used entries are evicted beyond a limit of bytes.
 *
 * In the caller's passes, evicted buffers are left to the garbage collector, which frees a buffer when no bind group
 * and no command buffer refers to it. An earlier destruction is not safe: a pass tells neither its encoder nor its
 * command buffer, the caller may submit the command buffer at any time, and WebGPU refuses the submission when a buffer
 * is destroyed.
 */
export class SlopeBuffers {
  readonly #device: GPUDevice
  readonly #programs: PipelineCache
  readonly #constants: ConstantBuffers
  readonly #destroys: boolean
  readonly #of = new WeakMap<Activation, Slopes>()
  /** The entries that have a buffer, with their bytes, least recently used first. */
  readonly #recent = new Map<WeakReference<Slopes>, number>()
  #latest: WeakReference<Slopes> | undefined
  #bytes = 0

  /**
   * @param destroys true when every pass is submitted before the next is recorded, so that eviction can destroy buffers
   */
  constructor(device: GPUDevice, programs: PipelineCache, constants: ConstantBuffers, destroys: boolean) {
    this.#device = device
    this.#programs = programs
    this.#constants = constants
    this.#destroys = destroys
  }

  /**
   * Returns the bind group with the slopes of an activation, for a dispatch.
   *
   * @param element the index of the dispatch's first element in its tensor
   * @throws GpuError when the engine runs out of memory
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
    const placement = placementOf({ count: slopes.length, inner }, element)
    return this.#device.createBindGroup({
      label: 'webgpu-activations slopes',
      layout: this.#programs.slopesLayout(),
      entries: [
        { binding: 0, resource: { buffer, size: slopes.length * BYTES_PER_WORD } },
        { binding: 1, resource: { buffer: this.#constants.uniform('placement', placement) } },
      ],
    })
  }

  /**
   * Evicts the entry when the device fails to create its bind group, so that the next call creates it again. The caller
   * gets the error of the first bind group, which is created in no error scope.
   */
  #ask(slopes: Slopes, make: () => GPUBindGroup): void {
    const { buffer } = slopes
    const [, accepted] = inErrorScopes(this.#device, 'slopes', make)
    accepted.catch(() => {
      if (slopes.buffer === buffer) this.#evict(slopes)
      slopes.former = undefined
    })
  }

  /** Evicts the least recently used entries until the others have at most so many bytes. */
  #trim(most: number): void {
    for (const [reference, bytes] of this.#recent) {
      if (this.#bytes <= most) return
      const slopes = reference.deref()
      if (slopes !== undefined) this.#evict(slopes)
      else if (this.#recent.delete(reference)) this.#bytes -= bytes
    }
  }

  #evict(slopes: Slopes): void {
    if (this.#recent.delete(slopes.reference)) this.#bytes -= slopes.bytes
    slopes.bindGroups.clear()
    if (this.#destroys) slopes.buffer!.destroy()
    // A use before the collection takes the same buffer again, which saves a second one.
    else if (platform('WeakRef') !== undefined) slopes.former = weakly(slopes.buffer!)
    slopes.buffer = undefined
  }
}
