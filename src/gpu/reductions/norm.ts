import clip from '../../../shaders/reductions/clip.wgsl?raw'
import lost from '../../../shaders/reductions/lost.wgsl?raw'
import norm from '../../../shaders/reductions/norm.wgsl?raw'
import squareSum from '../../../shaders/reductions/square-sum.wgsl?raw'
import squareSums from '../../../shaders/reductions/square-sums.wgsl?raw'
import { BYTES_PER_WORD, LANES } from '../../operations/layout.ts'
import type { KernelDescription, Slot } from '../../operations/operation.ts'
import type { HalfFormat } from '../../support/formats.ts'
import type { BufferRange } from '../bindings/bindings.ts'
import type { Draft, Planner } from '../plan/planner.ts'
import { partsOf, type Segment, segmentsOf } from '../plan/segments.ts'
import { BINDING_ALIGNMENT, type Part } from '../programs/placement.ts'

/** A tensor of a call, and the number of its elements. */
export interface TensorRange {
  readonly range: BufferRange
  readonly count: number
}

/** The element formats that reductions take. */
export type FloatFormat = 'f32' | HalfFormat

// The constants of shaders/reductions/square-sums.wgsl and square-sum.wgsl.
const VECTORS_PER_LANE = 64
const BYTES_PER_SQUARE_SUM = 3 * BYTES_PER_WORD

const SQUARE_SUMS = kernel('square-sums', lost + squareSum + squareSums, [
  { name: 'x', role: 'elements', isOutput: false },
  { name: 'sums', role: 'words', isOutput: true },
])
const NORM = kernel('norm', lost + squareSum + norm, [
  { name: 'sums', role: 'words', isOutput: false },
  { name: 'norm', role: 'words', isOutput: true },
])
const CLIP = kernel('clip', clip, [
  { name: 'x', role: 'elements', isOutput: false },
  { name: 'y', role: 'elements', isOutput: true },
  { name: 'norm', role: 'words', isOutput: false },
])

/** Describes a kernel that is no function of an activation. */
export function kernel(name: string, wgsl: string, slots: readonly Slot[]): KernelDescription {
  return { name, wgsl, slots, biased: [], reduced: [], accumulates: false, masked: false }
}

/**
 * Plans the L2 norm of tensors: a sum of squares for each slice of 64 vectors an invocation, then the norm of all slices.
 *
 * @param into 4 bytes for the norm; undefined: where {@link clipDrafts} finds it
 */
export function normDrafts(
  planner: Planner,
  format: FloatFormat,
  tensors: readonly TensorRange[],
  into: BufferRange | undefined,
): Draft[] {
  const segments = tensors.flatMap(tensor => segmentsOfTensor(planner, SQUARE_SUMS, format, tensor, 1))
  const perSlice = VECTORS_PER_LANE * planner.grid.workgroupSize
  const slicesOf = ({ count }: Segment): number => Math.ceil(count / LANES / perSlice)
  const slices = segments.reduce((sum, { segment }) => sum + slicesOf(segment), 0)
  // The norm comes first, where no part of the sums shares its binding.
  const sums = planner.sumsOf(BINDING_ALIGNMENT + slices * BYTES_PER_SQUARE_SUM)
  const partOf = (first: number, count: number, isOutput: boolean): Part => {
    const offset = BINDING_ALIGNMENT + first * BYTES_PER_SQUARE_SUM
    return { buffer: sums.buffer, offset, size: count * BYTES_PER_SQUARE_SUM, isOutput }
  }
  let first = 0
  const drafts = segments.map(({ segment, parts }) => {
    const own = slicesOf(segment)
    const draft = planner.draft({
      operation: SQUARE_SUMS,
      format,
      parts: [...parts, partOf(first, own, true)],
      access: segment.access,
      geometry: { count: segment.count, columns: 1, column: 0, order: { invocations: own } },
      sums,
      workgroups: planner.grid.workgroupsFor(own * planner.grid.workgroupSize),
    })
    first += own
    return draft
  })
  const last = planner.draft({
    operation: NORM,
    format: 'f32',
    parts: [partOf(0, Math.max(1, slices), false), { ...(into ?? normWithin(sums.buffer)), isOutput: true }],
    access: 'words',
    geometry: { count: slices, columns: 1, column: 0, order: { invocations: 1 } },
    sums,
    workgroups: 1,
  })
  return [...drafts, last]
}

/** Plans the norm of tensors, and their multiplication by min(1, maxNorm / (norm + 1e-6)) in place. */
export function clipDrafts(
  planner: Planner,
  format: FloatFormat,
  tensors: readonly TensorRange[],
  maxNorm: number,
  into: BufferRange | undefined,
): Draft[] {
  const drafts = normDrafts(planner, format, tensors, into)
  const { sums } = drafts.at(-1)!
  const norm = { ...(into ?? normWithin(sums!.buffer)), isOutput: false }
  const clipped = tensors.flatMap(tensor => {
    return segmentsOfTensor(planner, CLIP, format, tensor, 2).map(({ segment, parts }) => {
      const { count, access } = segment
      const order = planner.grid.orderOf(Math.ceil(count / LANES))
      const geometry = { count, columns: 1, column: 0, order }
      const parameters = [maxNorm]
      return planner.draft({
        operation: CLIP,
        format,
        parts: [...parts, norm],
        access,
        geometry,
        parameters,
        sums,
        ...order,
      })
    })
  })
  return [...drafts, ...clipped]
}

function normWithin(buffer: GPUBuffer): Omit<Part, 'isOutput'> {
  return { buffer, offset: 0, size: BYTES_PER_WORD }
}

/**
 * Cuts a tensor into what a dispatch binds.
 *
 * @param times how many slots of the operation the tensor has
 * @param fits tells whether the device takes so many elements in one dispatch, apart from the limit on bindings
 * @param results ranges that no dispatch may cut
 */
export function segmentsOfTensor(
  { device }: Planner,
  operation: KernelDescription,
  format: FloatFormat,
  { range, count }: TensorRange,
  times: number,
  fits: (elements: number) => boolean = () => true,
  results: readonly BufferRange[] = [],
): { readonly segment: Segment; readonly parts: readonly Part[] }[] {
  const ranges = Array.from({ length: times }, () => range)
  const call = { operation, format, count, ranges, columnGradients: results }
  const segments = segmentsOf(call, device.limits, fits)
  return segments.map(segment => ({ segment, parts: partsOf(call, segment.from, segment.count) }))
}
