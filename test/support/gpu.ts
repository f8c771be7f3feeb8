import { expect } from 'vitest'
import { BufferUsage, MapMode } from '../../src/gpu/device/constants.ts'
import { requestDevice } from '../../src/gpu/device/device.ts'
import { toBits } from './float32.ts'

let device: Promise<GPUDevice> | undefined

/** The device that the tests of a file share. An error that no scope caught fails the test that is running. */
export async function testDevice(): Promise<GPUDevice> {
  device ??= requestDevice().then(made => {
    made.onuncapturederror = event => {
      throw new Error(`uncaptured: ${event.error.message}`)
    }
    return made
  })
  return device
}

/** Runs work on a device inside error scopes, expects no error, and frees what the work made. */
export async function inScopes<Result>(
  device: GPUDevice,
  work: (use: <Resource extends { destroy(): void }>(resource: Resource) => Resource) => Promise<Result>,
): Promise<Result> {
  const resources: { destroy(): void }[] = []
  const filters = ['internal', 'out-of-memory', 'validation'] as const
  for (const filter of filters) device.pushErrorScope(filter)
  try {
    return await work(resource => {
      resources.push(resource)
      return resource
    })
  } finally {
    const errors = await Promise.all(filters.map(() => device.popErrorScope()))
    for (const resource of resources) resource.destroy()
    expect(errors.flatMap(error => error?.message ?? [])).toEqual([])
  }
}

/** Records into one pass and submits it. Waits for nothing: reading back does. */
export function submit(device: GPUDevice, record: (pass: GPUComputePassEncoder) => void): void {
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  record(pass)
  pass.end()
  device.queue.submit([encoder.finish()])
}

const GUARD_BYTES = 256
const GUARD_WORD = 0xdeadbeef

/** A tensor in a GPU buffer with guard bytes before and after it, which `read` expects to find untouched. */
export class GuardedBuffer {
  readonly binding: { readonly buffer: GPUBuffer; readonly offset: number; readonly size: number }
  readonly #device: GPUDevice

  /** @param offset where the tensor starts; at least the guard's 256 bytes */
  constructor(device: GPUDevice, array: Float32Array, offset = GUARD_BYTES) {
    const words = new Uint32Array((offset + array.byteLength + GUARD_BYTES) / 4).fill(GUARD_WORD)
    words.set(toBits(array), offset / 4)
    const usage = BufferUsage.STORAGE | BufferUsage.COPY_SRC | BufferUsage.COPY_DST
    const buffer = device.createBuffer({ size: words.byteLength, usage })
    device.queue.writeBuffer(buffer, 0, words)
    this.binding = { buffer, offset, size: array.byteLength }
    this.#device = device
  }

  async read(): Promise<Float32Array<ArrayBuffer>> {
    const { buffer, offset, size } = this.binding
    const usage = BufferUsage.MAP_READ | BufferUsage.COPY_DST
    const staging = this.#device.createBuffer({ size: buffer.size, usage })
    try {
      const encoder = this.#device.createCommandEncoder()
      encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size)
      this.#device.queue.submit([encoder.finish()])
      await staging.mapAsync(MapMode.READ)
      const words = new Uint32Array(staging.getMappedRange()).slice()
      const guards = [...words.subarray(0, offset / 4), ...words.subarray((offset + size) / 4)]
      expect(guards.every(word => word === GUARD_WORD)).toBe(true)
      return new Float32Array(words.buffer, offset, size / 4)
    } finally {
      staging.destroy()
    }
  }

  destroy(): void {
    this.binding.buffer.destroy()
  }
}
