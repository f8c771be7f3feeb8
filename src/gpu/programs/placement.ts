import { BYTES_PER_WORD } from '../../operations/layout.ts'

/** A part of a tensor that one dispatch takes: `size` bytes from `offset` on. */
export interface Part<Buffer = GPUBuffer> {
  readonly buffer: Buffer
  readonly offset: number
  readonly size: number
  readonly isOutput: boolean
}

/** What is bound as one array in the shader. */
interface BoundArray<Buffer = GPUBuffer> {
  readonly buffer: Buffer
  readonly offset: number
  readonly size: number
  readonly isWritable: boolean
}

/** Where the parts of a dispatch lie. */
export interface Placement<Buffer = GPUBuffer> {
  readonly arrays: readonly BoundArray<Buffer>[]
  /** For each part the index of its array, and how many bytes behind the start of that it begins. */
  readonly parts: readonly { readonly array: number; readonly shift: number }[]
}

// The offset of a storage binding has to be a multiple of minStorageBufferOffsetAlignment; no device asks for more.
export const BINDING_ALIGNMENT = 256

/**
 * Binds parts that may begin anywhere: each in an array that begins at a boundary before it.
 *
 * WebGPU refuses a dispatch that reads a buffer through a read-only binding and writes it through another, and one whose
 * writable bindings overlap. So all parts in a buffer that is written are bound as writable, and where the arrays of two
 * of them would overlap, because one lies over the other or begins where the other ends, they share one array.
 */
export function place<Buffer>(parts: readonly Part<Buffer>[]): Placement<Buffer> {
  const written = new Set(parts.filter(({ isOutput }) => isOutput).map(({ buffer }) => buffer))
  const windows = parts.map(({ buffer, offset, size }, index) => ({
    index,
    buffer,
    start: offset - (offset % BINDING_ALIGNMENT),
    end: Math.ceil((offset + size) / BYTES_PER_WORD) * BYTES_PER_WORD,
  }))
  const shared: { buffer: Buffer; start: number; end: number; members: number[] }[] = []
  const latest = new Map<Buffer, (typeof shared)[number]>()
  windows.sort((a, b) => a.start - b.start)
  for (const { index, buffer, start, end } of windows) {
    const before = latest.get(buffer)
    if (before !== undefined && written.has(buffer) && start < before.end) {
      before.end = Math.max(before.end, end)
      before.members.push(index)
    } else {
      const array = { buffer, start, end, members: [index] }
      shared.push(array)
      latest.set(buffer, array)
    }
  }
  // In the order of the parts, so that the same kind of call finds the same program.
  const ordered = shared.sort((a, b) => Math.min(...a.members) - Math.min(...b.members))
  return {
    arrays: ordered.map(({ buffer, start, end }) => ({
      buffer,
      offset: start,
      size: end - start,
      isWritable: written.has(buffer),
    })),
    parts: parts.map(({ offset }, index) => {
      const array = ordered.findIndex(({ members }) => members.includes(index))
      return { array, shift: offset - ordered[array]!.start }
    }),
  }
}
