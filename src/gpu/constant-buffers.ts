import { BufferUsage } from './constants.ts'
import { BYTES_PER_VECTOR } from './units.ts'

const MOST_CACHED = 256

/**
 * Small buffers that are written once and never again: a pass that waits for its submission must find the values it was
 * recorded with. For the same reason one that leaves the cache is not destroyed; it goes when nothing refers to it.
 */
export class ConstantBuffers {
  readonly #device: GPUDevice
  readonly #uniforms = new Map<string, GPUBuffer>()

  constructor(device: GPUDevice) {
    this.#device = device
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
    new Uint32Array(buffer.getMappedRange()).set(words)
    buffer.unmap()
    return buffer
  }
}

/** The bits of numbers rounded to float32. */
export function float32Bits(values: readonly number[]): Uint32Array {
  return new Uint32Array(Float32Array.from(values).buffer)
}
