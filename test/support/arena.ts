import { expect } from 'vitest'
import { BufferUsage, MapMode } from '../../src/gpu/device/constants.ts'

const BOUNDARY = 256
const GUARD = 0xa5

/** A tensor in an arena. Its offset lies so many bytes behind a boundary, and there are guard bytes on either side. */
export interface Placed {
  readonly binding: { readonly buffer: GPUBuffer; readonly offset: number; readonly size: number }
}

type Bytes = Uint8Array<ArrayBuffer>

/** The bytes of an array. */
function bytesOfArray(array: ArrayBufferView<ArrayBuffer>): Bytes {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

/**
 * Many tensors in one buffer, each with its expected bytes: what surrounds them has to stay as it is. Tensors are put in
 * first, then `upload` makes the buffer, calls are recorded, and `verify` compares all of it.
 */
export class Arena {
  readonly #device: GPUDevice
  readonly #tensors: { offset: number; before: Bytes; after: Bytes; name: string }[] = []
  #end = BOUNDARY
  #buffer: GPUBuffer | undefined

  constructor(device: GPUDevice) {
    this.#device = device
  }

  /** @param behind how many bytes behind a boundary it begins @param after what is expected there; the same when left out */
  put(name: string, before: ArrayBufferView<ArrayBuffer>, behind: number, after = before): Placed {
    const offset = this.#end + behind
    this.#tensors.push({ offset, before: bytesOfArray(before), after: bytesOfArray(after), name })
    this.#end = Math.ceil((offset + before.byteLength + 4) / BOUNDARY) * BOUNDARY
    const binding = () => ({ buffer: this.#buffer!, offset, size: before.byteLength })
    return {
      get binding() {
        return binding()
      },
    }
  }

  /** A range behind the end of the tensor that was put in last, with not a byte between them but what its last word has. */
  putNext(name: string, before: ArrayBufferView<ArrayBuffer>, after = before): Placed {
    const last = this.#tensors.at(-1)!
    const end = Math.ceil((last.offset + last.before.length) / 4) * 4
    this.#end = end - (end % BOUNDARY)
    return this.put(name, before, end % BOUNDARY, after)
  }

  upload(): void {
    const usage = BufferUsage.STORAGE | BufferUsage.COPY_SRC | BufferUsage.COPY_DST
    this.#buffer = this.#device.createBuffer({ size: this.#end, usage })
    this.#device.queue.writeBuffer(this.#buffer, 0, this.#image('before'))
  }

  #image(when: 'before' | 'after'): Bytes {
    const image = new Uint8Array(this.#end).fill(GUARD)
    for (const tensor of this.#tensors) image.set(tensor[when], tensor.offset)
    return image
  }

  async verify(): Promise<void> {
    const usage = BufferUsage.MAP_READ | BufferUsage.COPY_DST
    const staging = this.#device.createBuffer({ size: this.#end, usage })
    try {
      const encoder = this.#device.createCommandEncoder()
      encoder.copyBufferToBuffer(this.#buffer!, 0, staging, 0, this.#end)
      this.#device.queue.submit([encoder.finish()])
      await staging.mapAsync(MapMode.READ)
      const actual = new Uint8Array(staging.getMappedRange())
      const expected = this.#image('after')
      const wrong: string[] = []
      for (let i = 0; i < actual.length && wrong.length < 8; i++) {
        if (actual[i] !== expected[i]) wrong.push(`${this.#describe(i)}: ${actual[i]}, not ${expected[i]}`)
      }
      expect(wrong).toEqual([])
    } finally {
      staging.destroy()
    }
  }

  #describe(byte: number): string {
    const near = this.#tensors.findLast(({ offset }) => offset <= byte)
    if (near === undefined) return `byte ${byte}, before everything`
    const within = byte - near.offset
    const { length } = near.before
    return within < length
      ? `byte ${within} of ${near.name} (${length} bytes)`
      : `${within - length} bytes behind ${near.name}`
  }

  destroy(): void {
    this.#buffer?.destroy()
  }
}
