import { GpuError } from '../../support/errors.ts'
import { BufferUsage } from '../device/constants.ts'
import { BYTES_PER_VECTOR } from '../../operations/layout.ts'

const MOST_CACHED = 256
const MOST_OWNED = 200

/**
 * Caches uniform buffers of about 80 bytes each. A buffer is written once, because a pass must find the values that it
 * was recorded with when it is submitted. For the same reason eviction does not destroy a buffer; the garbage collector
 * frees it.
 */
export class ConstantBuffers {
  readonly #device: GPUDevice
  readonly #uniforms = new Map<string, GPUBuffer>()
  readonly #owned: GPUBuffer[] | undefined

  /** @param owns true when every pass that uses these buffers is submitted at once, so that `free` can destroy them */
  constructor(device: GPUDevice, owns: boolean) {
    this.#device = device
    this.#owned = owns ? [] : undefined
  }

  /** True when `free` should be called. Always false without ownership. */
  get areMany(): boolean {
    return this.#owned !== undefined && this.#owned.length >= MOST_OWNED
  }

  /** Empties the cache and destroys the buffers that it owns. Submitted passes may still use them. */
  free(): void {
    this.#uniforms.clear()
    for (const buffer of this.#owned?.splice(0) ?? []) buffer.destroy()
  }

  /** Returns a uniform buffer with these words. @throws GpuError when the engine runs out of memory */
  uniform(name: 'parameters' | 'geometry' | 'placement', words: Uint32Array): GPUBuffer {
    const key = `${name} ${words.join()}`
    let buffer = this.#uniforms.get(key)
    if (buffer === undefined) {
      const write = (memory: ArrayBuffer): void => new Uint32Array(memory).set(words)
      buffer = makeConstant(this.#device, key, BufferUsage.UNIFORM, words.byteLength, write)
      this.#owned?.push(buffer)
    }
    this.#uniforms.delete(key)
    this.#uniforms.set(key, buffer)
    if (this.#uniforms.size > MOST_CACHED) this.#uniforms.delete(this.#uniforms.keys().next().value!)
    return buffer
  }
}

/** Creates a buffer of at least 16 bytes and writes it once. @throws GpuError when the engine runs out of memory */
export function makeConstant(
  device: GPUDevice,
  name: string,
  usage: number,
  bytes: number,
  write: (memory: ArrayBuffer) => void,
): GPUBuffer {
  const label = `webgpu-activations ${name}`
  const size = Math.max(BYTES_PER_VECTOR, bytes)
  let buffer: GPUBuffer | undefined
  try {
    buffer = device.createBuffer({ label, size, usage, mappedAtCreation: true })
    write(buffer.getMappedRange())
    buffer.unmap()
    return buffer
  } catch (cause) {
    buffer?.destroy()
    if (!(cause instanceof RangeError)) throw cause
    throw new GpuError(`There is no memory for the ${size} bytes of ${name}.`, { cause }, 'out-of-memory')
  }
}

/** Returns the bits of numbers rounded to float32. */
export function float32Bits(values: readonly number[]): Uint32Array {
  return new Uint32Array(Float32Array.from(values).buffer)
}
