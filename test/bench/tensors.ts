import { isGlu } from '../../src/activations/support/glu-activation.ts'
import { make } from '../accuracy/subjects.ts'
import { normalValues } from '../../demo/input/normal.ts'
import { BYTES_PER_ELEMENT, WORDS } from '../../src/support/formats.ts'
import { BufferUsage } from '../../src/gpu/device/constants.ts'
import type { Question } from './question.ts'

/** The tensors of one call. */
export interface TensorSet {
  readonly x: GPUBuffer
  readonly dy: GPUBuffer
  readonly result: GPUBuffer
  readonly mask: GPUBuffer
  /** For gated pairs. */
  readonly up: GPUBuffer
  readonly other: GPUBuffer
  /** For gated pairs in one tensor. */
  readonly pairs: GPUBuffer
  readonly pairGradients: GPUBuffer
}

// All sets together exceed any cache. One set of a large size does so alone.
const BYTES_OF_ALL_SETS = 512 * 2 ** 20
const MOST_SETS = 8
// Longer tensors repeat their values, since generating values is slow.
const DIFFERENT_VALUES = 2 ** 22
const SMALLEST = 16

/** Several sets of tensors, for runs in rotation. */
export class Tensors {
  readonly sets: readonly TensorSet[]
  readonly bytes: number

  private constructor(sets: readonly TensorSet[], bytes: number) {
    this.sets = sets
    this.bytes = bytes
  }

  static async create(
    device: GPUDevice,
    { subjects, format, masks, columns }: Question,
    elements: number,
  ): Promise<Tensors> {
    const bytes = elements * BYTES_PER_ELEMENT[format]
    const hasPairs = subjects.some(subject => isGlu(make(subject)))
    const values = await valuesOf(format, Math.min(elements, DIFFERENT_VALUES))
    const filled = (size: number): GPUBuffer => {
      const buffer = device.createBuffer({ size, usage: BufferUsage.STORAGE | BufferUsage.COPY_DST })
      for (let offset = 0; offset < size; offset += values.byteLength) {
        const part = Math.min(values.byteLength, size - offset)
        device.queue.writeBuffer(buffer, offset, values, 0, part / values.BYTES_PER_ELEMENT)
      }
      return buffer
    }
    const count = Math.min(MOST_SETS, Math.ceil(BYTES_OF_ALL_SETS / (3 * bytes)))
    const sets = Array.from({ length: count }, () => ({
      x: filled(bytes),
      dy: filled(bytes),
      result: filled(bytes),
      mask: filled(masks ? Math.ceil(elements / 32) * 4 : SMALLEST),
      up: filled(hasPairs ? bytes : SMALLEST),
      other: filled(hasPairs ? bytes : SMALLEST),
      pairs: filled(columns === undefined ? SMALLEST : 2 * bytes),
      pairGradients: filled(columns === undefined ? SMALLEST : 2 * bytes),
    }))
    return new Tensors(sets, bytes)
  }

  destroy(): void {
    for (const set of this.sets) for (const buffer of Object.values(set) as GPUBuffer[]) buffer.destroy()
  }
}

async function valuesOf(
  format: Question['format'],
  count: number,
): Promise<Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>> {
  const values = await normalValues(1, count)
  if (format === 'f32') return values
  return Uint16Array.from(new Int32Array(values.buffer), WORDS[format].fromFloat32)
}
