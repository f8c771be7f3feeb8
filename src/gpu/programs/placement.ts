import { BYTES_PER_WORD } from '../../operations/layout.ts'

/** The part of a tensor that one dispatch takes, in bytes. */
export interface Part<Buffer = GPUBuffer> {
  readonly buffer: Buffer
  readonly offset: number
  readonly size: number
  readonly isOutput: boolean
}

/** A buffer binding that is one array in the shader, in bytes. */
interface BoundArray<Buffer = GPUBuffer> {
  readonly buffer: Buffer
  readonly offset: number
  readonly size: number
}

/** The arrays that a dispatch binds, and the position of each part in them. */
export interface Placement<Buffer = GPUBuffer> {
  readonly arrays: readonly BoundArray<Buffer>[]
  /** For each array, true when it is bound `read_write`. */
  readonly writable: readonly boolean[]
  /** For each part the index of its array. */
  readonly arrayOf: readonly number[]
  /** For each part its offset in that array in bytes. */
  readonly shifts: readonly number[]
}

// WebGPU's largest minStorageBufferOffsetAlignment: no device requires more.
export const BINDING_ALIGNMENT = 256

/**
 * Assigns parts with any offset to arrays: each array begins at the last aligned offset before its parts.
 *
 * WebGPU refuses a dispatch that binds a buffer both read-only and writable, and one whose writable bindings overlap.
 * So all parts in a written buffer are bound as writable, and parts whose aligned arrays would overlap share one array.
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
  // Sorted by parts, so that calls with the same layout share a program.
  const ordered = shared.sort((a, b) => Math.min(...a.members) - Math.min(...b.members))
  const arrayOf = parts.map((_, index) => ordered.findIndex(({ members }) => members.includes(index)))
  return {
    arrays: ordered.map(({ buffer, start, end }) => ({ buffer, offset: start, size: end - start })),
    writable: ordered.map(({ buffer }) => written.has(buffer)),
    arrayOf,
    shifts: parts.map(({ offset }, i) => offset - ordered[arrayOf[i]!]!.start),
  }
}
