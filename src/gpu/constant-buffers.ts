import { BufferUsage } from './constants.ts'
import { BYTES_PER_VECTOR } from './units.ts'

const MOST_CACHED = 256
const MOST_OWNED = 200
const MOST_OWNED_BYTES = 16 * 2 ** 20

/**
 * Small buffers that are written once and never again: a pass that waits for its submission must find the values it was
 * recorded with. For the same reason one that leaves the cache is not destroyed; it goes when nothing refers to it.
 */
export class ConstantBuffers {
  readonly #device: GPUDevice
  readonly #uniforms = new Map<string, GPUBuffer>()
  readonly #owned: GPUBuffer[] | undefined
  #ownedBytes = 0

  /** @param owns whether all that use these buffers are submitted here, so that they can be freed */
  constructor(device: GPUDevice, owns: boolean) {
    this.#device = device
    this.#owned = owns ? [] : undefined
  }

  /** Whether there are so many that they had better be freed: of those that are not owned, never. */
  get areMany(): boolean {
    return this.#owned !== undefined && (this.#owned.length >= MOST_OWNED || this.#ownedBytes >= MOST_OWNED_BYTES)
  }

  /** Destroys those that are owned. What has been submitted may still use them. */
  free(): void {
    this.#uniforms.clear()
    for (const buffer of this.#owned?.splice(0) ?? []) buffer.destroy()
    this.#ownedBytes = 0
  }

  uniform(name: 'parameters' | 'geometry' | 'placement', words: Uint32Array): GPUBuffer {
    const key = `${name} ${words.join()}`
    const buffer = this.#uniforms.get(key) ?? this.make(key, BufferUsage.UNIFORM, words)
    this.#uniforms.delete(key)
    this.#uniforms.set(key, buffer)
    if (this.#uniforms.size > MOST_CACHED) this.#uniforms.delete(this.#uniforms.keys().next().value!)
    return buffer
  }

  /** A buffer of at least one vector. */
  make(name: string, usage: number, words: Uint32Array): GPUBuffer {
    const label = `webgpu-activations ${name}`
    const size = Math.max(BYTES_PER_VECTOR, words.byteLength)
    const buffer = this.#device.createBuffer({ label, size, usage, mappedAtCreation: true })
    try {
      new Uint32Array(buffer.getMappedRange()).set(words)
      buffer.unmap()
    } catch (error) {
      buffer.destroy()
      throw error
    }
    if (this.#owned !== undefined) {
      this.#owned.push(buffer)
      this.#ownedBytes += size
    }
    return buffer
  }
}

/** The bits of numbers rounded to float32. */
export function float32Bits(values: readonly number[]): Uint32Array {
  return new Uint32Array(Float32Array.from(values).buffer)
}
