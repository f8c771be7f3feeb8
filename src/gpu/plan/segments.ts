import { BindingError } from '../../support/errors.ts'
import { BYTES_PER_ELEMENT, type Format } from '../../support/formats.ts'
import type { BufferRange } from '../bindings/bindings.ts'
import type { RecordedCall } from '../bindings/call.ts'
import { holdsElements, type KernelDescription } from '../../operations/operation.ts'
import { fillsVectors, type Packing, runOf } from '../../operations/packing.ts'
import { BINDING_ALIGNMENT, type Part, place } from '../programs/placement.ts'
import type { Access } from '../programs/program.ts'
import { BYTES_PER_WORD, ELEMENTS_PER_MASK_WORD, LANES, maskLength } from '../../operations/layout.ts'

export interface Segment {
  /** The index of the first element in the tensors of the call. */
  readonly from: number
  readonly count: number
  readonly access: Access
}

/** A call as far as its segments depend on it. */
type SegmentedCall = Pick<RecordedCall, 'format' | 'count' | 'ranges' | 'columnGradients'> & {
  readonly operation: KernelDescription
}

/** Returns the part of each range of a call that belongs to these elements. */
export function partsOf({ operation, format, ranges }: SegmentedCall, from: number, count: number): Part[] {
  const bytes = BYTES_PER_ELEMENT[format]
  return ranges.map(({ buffer, offset, size }, i) => {
    const { role, isOutput } = operation.slots[i]!
    if (role === 'elements') return { buffer, isOutput, offset: offset + from * bytes, size: count * bytes }
    if (role === 'pairs') return { buffer, isOutput, offset: offset + 2 * from * bytes, size: 2 * count * bytes }
    if (role === 'mask')
      return { buffer, isOutput, offset: offset + from / 8, size: maskLength(count) * BYTES_PER_WORD }
    return { buffer, isOutput, offset, size }
  })
}

/**
 * Splits a call into dispatches, so that each array fits into a binding. Tensors that are aligned to vectors get a
 * segment of whole vectors, and one of words for the tail.
 *
 * @param fits tells whether the device takes so many elements in one dispatch, apart from the limit on bindings
 * @throws BindingError when a bias or its gradient is larger than a binding
 */
export function segmentsOf(
  call: SegmentedCall,
  { maxStorageBufferBindingSize: limit }: GPUSupportedLimits,
  fits: (elements: number) => boolean,
): Segment[] {
  for (const gradient of call.columnGradients) {
    if ((gradient.offset % BINDING_ALIGNMENT) + gradient.size > limit) throw tooLong(gradient, limit)
  }
  const most = mostElements(call, limit, fits)
  const segments: Segment[] = []
  for (let from = 0; from < call.count; from += most) {
    segments.push(...split(call, from, Math.min(most, call.count - from)))
  }
  return segments
}

function mostElements(call: SegmentedCall, limit: number, fits: (elements: number) => boolean): number {
  const { slots, packing } = call.operation
  const bytes = BYTES_PER_ELEMENT[call.format] * (packing === undefined ? 1 : 2)
  const tensors = call.ranges.filter((_, i) => holdsElements(slots[i]!))
  const furthest = Math.max(...tensors.map(({ offset }) => offset % BINDING_ALIGNMENT))
  const isTaken = (most: number): boolean => {
    for (let from = 0; from < call.count; from += most) {
      const count = Math.min(most, call.count - from)
      if (!fits(count) || place(partsOf(call, from, count)).arrays.some(({ size }) => size > limit)) return false
    }
    return true
  }
  if (limit - furthest >= call.count * bytes && isTaken(call.count)) return call.count
  // All segments have the alignment of their tensors: each begins a multiple of the binding alignment after the first. Those of
  // pairs have whole runs, and begin with a word.
  const alignment = packing === undefined ? BINDING_ALIGNMENT / bytes : unitOf(packing, call.format)
  let most = Math.floor((limit - furthest) / bytes / alignment) * alignment
  while (most >= alignment && !isTaken(most)) most = Math.floor(most / 2 / alignment) * alignment
  if (most >= alignment) return most
  throw tooLong(
    call.ranges.reduce((a, b) => (a.size > b.size ? a : b)),
    limit,
  )
}

/** The fewest elements of a segment of pairs. */
function unitOf(packing: Packing, format: Format): number {
  const run = runOf(packing)
  if (run === 1) return LANES
  return run % 2 === 0 ? run : (run * BYTES_PER_WORD) / BYTES_PER_ELEMENT[format]
}

function tooLong({ name, size }: BufferRange, limit: number): BindingError {
  return new BindingError(
    `${name} has ${size} bytes, which, with what lies beside it, is more than this device binds at once (${limit}).`,
    'Use a shorter one, or request a device with a larger maxStorageBufferBindingSize.',
  )
}

function split({ operation, format, ranges }: SegmentedCall, from: number, count: number): Segment[] {
  const { slots, reduced, packing } = operation
  const vector = BYTES_PER_ELEMENT[format] * LANES
  const isAligned = ranges.every(({ offset }, i) => !holdsElements(slots[i]!) || offset % vector === 0)
  const hasMask = slots.some(({ role }) => role === 'mask')
  const tail = count % (hasMask ? ELEMENTS_PER_MASK_WORD : LANES)
  // Bias gradients need all elements in one dispatch, because its partial sums are reduced together; pairs are promised one.
  const isWhole = packing === undefined ? reduced.length === 0 || tail === 0 : fillsVectors(packing, count)
  if (!isAligned || !isWhole || count === tail) {
    return [{ from, count, access: 'words' }]
  }
  const vectors: Segment = { from, count: count - tail, access: 'vectors' }
  return tail === 0 ? [vectors] : [vectors, { from: from + vectors.count, count: tail, access: 'words' }]
}
