import { GpuError } from '../../support/errors.ts'
import { BufferUsage } from '../device/constants.ts'
import { BYTES_PER_VECTOR } from '../../operations/layout.ts'

const MOST_CACHED = 256
const MOST_OWNED = 200

/**
 * Uniforms, of some 80 bytes each, that are written once and never again: a pass that waits for its submission must find the values it
 * was recorded with. For the same reason one that leaves the cache is not destroyed; it goes when nothing refers to it.
 */
export class ConstantBuffers {
  readonly #device: GPUDevice
  readonly #uniforms = new Map<string, GPUBuffer>()
  readonly #owned: GPUBuffer[] | undefined

  /** @param owns whether all that use these buffers are submitted here, so that they can be freed */
  constructor(device: GPUDevice, owns: boolean) {
    this.#device = device
    this.#owned = owns ? [] : undefined
  }

  /** Whether there are so many that they had better be freed: of those that are not owned, never. */
  get areMany(): boolean {
    return this.#owned !== undefined && this.#owned.length >= MOST_OWNED
  }

  /** Forgets all, and destroys those that are owned. What has been submitted may still use them. */
  free(): void {
    this.#uniforms.clear()
    for (const buffer of this.#owned?.splice(0) ?? []) buffer.destroy()
  }

  /** @throws GpuError when the engine has no memory for it */
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

/** A buffer that is written once, of at least one vector. @throws GpuError when the engine has no memory for it */
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

/** The bits of numbers rounded to float32. */
export function float32Bits(values: readonly number[]): Uint32Array {
  return new Uint32Array(Float32Array.from(values).buffer)
}
