import { formatMebibytes } from '../support/format.ts'
import type { Data } from './computation.ts'
import { type Gpu, polled, scoped } from './gpu.ts'
import { pause } from '../support/pause.ts'

const PIECE = 2 ** 24

/** The buffers of one computation. */
export interface BufferSet {
  readonly x: GPUBuffer
  readonly dy: GPUBuffer
  readonly up: GPUBuffer
  /** The second one is for the second gradient of a gated pair. */
  readonly results: readonly [GPUBuffer, GPUBuffer]
}

/** The size of a buffer of float32, in whole vectors of four. */
function bufferBytes(elements: number): number {
  return Math.ceil(elements / 4) * 16
}

/** The reason why the device allows no buffer for so many elements; undefined where it does. */
export function tooLarge(elements: number, { device }: Gpu): string | undefined {
  const { maxBufferSize } = device.limits
  const bytes = bufferBytes(elements)
  if (bytes <= maxBufferSize) return undefined
  return `a buffer of ${formatMebibytes(bytes)} exceeds maxBufferSize, ${formatMebibytes(maxBufferSize)}`
}

/** Data in GPU buffers, in several sets. */
export class ResidentData {
  readonly gpu: Gpu
  readonly elements: number
  /** The size of each buffer. */
  readonly bytes: number
  readonly sets: readonly BufferSet[]
  /** Receives results for reading back, a piece at a time. */
  readonly #staging: GPUBuffer
  readonly #made: readonly GPUBuffer[]

  private constructor(gpu: Gpu, elements: number, sets: readonly BufferSet[], staging: GPUBuffer, made: GPUBuffer[]) {
    this.gpu = gpu
    this.elements = elements
    this.bytes = bufferBytes(elements)
    this.sets = sets
    this.#staging = staging
    this.#made = made
  }

  /** @param data the sets, of one size @param backward uploads dy too @throws Error when the device refuses a buffer */
  static async create(gpu: Gpu, data: readonly Data[], backward: boolean): Promise<ResidentData> {
    const { device } = gpu
    const [{ x, dy, up }] = data as readonly [Data, ...Data[]]
    const size = bufferBytes(x.length)
    const made: GPUBuffer[] = []
    const create = (label: string, bytes: number, usage: number): GPUBuffer => {
      const buffer = device.createBuffer({ label, size: bytes, usage })
      made.push(buffer)
      return buffer
    }
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
    // Tensors that no computation reads have the smallest size.
    const dySize = backward ? size : 16
    const pairSize = up === undefined ? 16 : size
    const makeSet = (): BufferSet => {
      const set: BufferSet = {
        x: create('x', size, usage),
        dy: create('dy', dySize, usage),
        up: create('up', pairSize, usage),
        results: [create('result', size, usage), create('second result', pairSize, usage)],
      }
      write(device, set.x, x)
      if (backward) write(device, set.dy, dy)
      if (up !== undefined) write(device, set.up, up)
      return set
    }
    try {
      return await scoped(device, () => {
        const staging = create('staging', Math.min(size, PIECE), GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST)
        return new ResidentData(gpu, x.length, data.map(makeSet), staging, made)
      })
    } catch (error) {
      for (const buffer of made) buffer.destroy()
      throw error
    }
  }

  /** Overwrites the results with a pattern: without it, a kernel that writes nothing would pass with the results of another. */
  async poison({ results }: BufferSet): Promise<void> {
    const { device } = this.gpu
    const poison = new Uint32Array(Math.min(this.bytes, PIECE) / 4).fill(0xdeadbeef)
    await scoped(device, () => {
      for (const buffer of results) {
        for (let offset = 0; offset < buffer.size; offset += PIECE) {
          device.queue.writeBuffer(buffer, offset, poison, 0, Math.min(poison.length, (buffer.size - offset) / 4))
        }
      }
    })
  }

  /** Reads a buffer back. @throws Stopped */
  async read(buffer: GPUBuffer, signal: AbortSignal): Promise<Float32Array> {
    const { device } = this.gpu
    const values = new Float32Array(this.elements)
    for (let offset = 0; offset < values.byteLength; offset += PIECE) {
      const size = Math.min(PIECE, values.byteLength - offset)
      await scoped(device, () => {
        const encoder = device.createCommandEncoder()
        encoder.copyBufferToBuffer(buffer, offset, this.#staging, 0, size)
        device.queue.submit([encoder.finish()])
      })
      await polled(device, this.#staging.mapAsync(GPUMapMode.READ, 0, size))
      values.set(new Float32Array(this.#staging.getMappedRange(0, size)), offset / 4)
      this.#staging.unmap()
      await pause(signal)
    }
    return values
  }

  destroy(): void {
    for (const buffer of this.#made) buffer.destroy()
  }
}

function write(device: GPUDevice, buffer: GPUBuffer, values: Float32Array<ArrayBuffer>): void {
  for (let start = 0; start < values.length; start += PIECE / 4) {
    device.queue.writeBuffer(buffer, start * 4, values.subarray(start, start + PIECE / 4))
  }
}
