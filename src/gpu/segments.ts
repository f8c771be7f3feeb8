import { BindingError } from '../errors.ts'
import { BYTES_PER_ELEMENT } from '../formats.ts'
import type { Call } from './call.ts'
import { BINDING_ALIGNMENT, type Part, place } from './placement.ts'
import type { Access } from './program.ts'

/** Elements that one dispatch takes, and how. */
export interface Segment {
  /** The index of the first, in the tensors of the call. */
  readonly from: number
  readonly count: number
  readonly access: Access
}

const LANES = 4
const ELEMENTS_PER_MASK_WORD = 32

/** The part of each range of a call that belongs to these elements. */
export function partsOf({ operation, format, ranges }: Call, from: number, count: number): Part[] {
  const bytes = BYTES_PER_ELEMENT[format]
  return ranges.map(({ buffer, offset, size }, i) => {
    const { role, isOutput } = operation.slots[i]!
    if (role === 'elements') return { buffer, isOutput, offset: offset + from * bytes, size: count * bytes }
    if (role !== 'mask') return { buffer, isOutput, offset, size }
    return { buffer, isOutput, offset: offset + from / 8, size: Math.ceil(count / ELEMENTS_PER_MASK_WORD) * 4 }
  })
}

/**
 * Cuts a call into what one dispatch can take: the arrays fit into bindings, and vectors, where the tensors lie on their
 * boundaries, are whole ones.
 *
 * @param fits whether the device takes so many elements at once, beside what it binds
 * @throws BindingError where a bias alone is more than a binding holds
 */
export function segmentsOf(
  call: Call,
  { maxStorageBufferBindingSize: limit }: GPUSupportedLimits,
  fits: (elements: number) => boolean,
): Segment[] {
  const most = mostElements(call, limit, fits)
  const segments: Segment[] = []
  for (let from = 0; from < call.count; from += most) {
    segments.push(...split(call, from, Math.min(most, call.count - from)))
  }
  return segments
}

function mostElements(call: Call, limit: number, fits: (elements: number) => boolean): number {
  const bytes = BYTES_PER_ELEMENT[call.format]
  const tensors = call.ranges.filter((_, i) => call.operation.slots[i]!.role === 'elements')
  const furthest = Math.max(...tensors.map(({ offset }) => offset % BINDING_ALIGNMENT))
  // Tensors come to share an array where one begins or ends: in the first segment or in the last.
  const isTaken = (most: number): boolean =>
    [0, Math.floor((call.count - 1) / most) * most].every(from => {
      const count = Math.min(most, call.count - from)
      return fits(count) && place(partsOf(call, from, count)).arrays.every(({ size }) => size <= limit)
    })
  if (limit - furthest >= call.count * bytes && isTaken(call.count)) return call.count
  // Segments begin where their tensors do: as far behind a boundary for bindings.
  const alignment = BINDING_ALIGNMENT / bytes
  let most = Math.floor((limit - furthest) / BINDING_ALIGNMENT) * alignment
  while (most >= alignment && !isTaken(most)) most = Math.floor(most / 2 / alignment) * alignment
  if (most >= alignment) return most
  const longest = call.ranges.reduce((a, b) => (a.size > b.size ? a : b))
  throw new BindingError(
    `${longest.name} has ${longest.size} bytes, more than this device binds at once (${limit}).`,
    'Use a shorter one, or request a device with a larger maxStorageBufferBindingSize.',
  )
}

/** Vectors and, apart from them, the few elements behind the last whole one. */
function split({ operation, format, ranges }: Call, from: number, count: number): Segment[] {
  const vector = BYTES_PER_ELEMENT[format] * LANES
  const isAligned = ranges.every(({ offset }, i) => operation.slots[i]!.role !== 'elements' || offset % vector === 0)
  const hasMask = operation.slots.some(({ role }) => role === 'mask')
  const tail = count % (hasMask ? ELEMENTS_PER_MASK_WORD : LANES)
  // The sums over columns are those of one dispatch.
  if (!isAligned || count === tail || (tail > 0 && operation.tallied.length > 0)) {
    return [{ from, count, access: 'words' }]
  }
  const vectors: Segment = { from, count: count - tail, access: 'vectors' }
  return tail === 0 ? [vectors] : [vectors, { from: from + vectors.count, count: tail, access: 'words' }]
}
