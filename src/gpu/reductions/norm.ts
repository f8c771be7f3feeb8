import clip from '../../../shaders/reductions/clip.wgsl?raw'
import lost from '../../../shaders/reductions/lost.wgsl?raw'
import joinSquareSums from '../../../shaders/reductions/join-square-sums.wgsl?raw'
import normWgsl from '../../../shaders/reductions/norm.wgsl?raw'
import squareSum from '../../../shaders/reductions/square-sum.wgsl?raw'
import squareSums from '../../../shaders/reductions/square-sums.wgsl?raw'
import { BYTES_PER_WORD, LANES } from '../../operations/layout.ts'
import type { KernelDescription, Slot } from '../../operations/operation.ts'
import type { FloatFormat } from '../../support/formats.ts'
import type { BufferRange } from '../bindings/bindings.ts'
import type { Draft, Planner } from '../plan/planner.ts'
import { partsOf, type Segment, segmentsOf } from '../plan/segments.ts'
import { BINDING_ALIGNMENT, type Part } from '../programs/placement.ts'
import { kernel } from '../../operations/kernel.ts'

/** A tensor of a call, and the number of its elements. */
export interface TensorRange {
  readonly range: BufferRange
  readonly count: number
}

// The constants of shaders/reductions/square-sum.wgsl and join-square-sums.wgsl.
const BYTES_PER_SQUARE_SUM = 3 * BYTES_PER_WORD
const SUMS_PER_LANE = 64

// Enough invocations to fill a large GPU with one tensor, and few enough that the sums of many tensors take 12 MiB. Not
// measured on hardware.
const MOST_SUMS = 2 ** 20
const MOST_SUMS_OF_TENSOR = 2 ** 15
const FEWEST_SUMS_OF_TENSOR = 2 ** 8
const FEWEST_VECTORS = 16

const elements = (name: string, isOutput = false): Slot => ({ name, role: 'elements', isOutput })
const words = (name: string, isOutput = false): Slot => ({ name, role: 'words', isOutput })
const SQUARE_SUMS = kernel('square-sums', [lost, squareSum, squareSums], [elements('x'), words('joined', true)])
const JOIN_SQUARE_SUMS = kernel(
  'join-square-sums',
  [lost, squareSum, joinSquareSums, 'fn store_joined(part: u32, sum: SquareSum) { write_square_sum(part, sum); }'],
  [words('sums'), words('joined', true)],
)
const NORM = kernel('norm', [lost, squareSum, joinSquareSums, normWgsl], [words('sums'), words('norm', true)])
const CLIP = kernel('clip', [clip], [elements('x'), elements('y', true), words('norm')])

/**
 * Plans the L2 norm of tensors: a sum of squares for each invocation, then for each 16 Ki of these, until one workgroup can
 * join all.
 *
 * @param into 4 bytes for the norm; undefined: where {@link clipDrafts} finds it
 */
export function normDrafts(
  planner: Planner,
  format: FloatFormat,
  tensors: readonly TensorRange[],
  into: BufferRange | undefined,
): Draft[] {
  const { grid } = planner
  const segments = tensors.flatMap(tensor => segmentsOfTensor(planner, SQUARE_SUMS, format, tensor, 1))
  const most = Math.floor(MOST_SUMS / Math.max(1, segments.length))
  const mostOfTensor = Math.min(MOST_SUMS_OF_TENSOR, Math.max(FEWEST_SUMS_OF_TENSOR, most))
  const partitions = segments.map(({ segment }) =>
    grid.summingPartition(Math.ceil(segment.count / LANES / FEWEST_VECTORS), 1, mostOfTensor),
  )
  const count = partitions.reduce((sum, { invocations }) => sum + invocations, 0)
  const perWorkgroup = SUMS_PER_LANE * grid.joiningSize
  // The sums of each round follow those of the round before. The norm comes first, where no part shares its binding.
  const rounds = [count]
  while (rounds.at(-1)! > perWorkgroup) rounds.push(Math.ceil(rounds.at(-1)! / perWorkgroup))
  const startsOf = (round: number): number =>
    rounds.slice(0, round).reduce((start, length) => start + roundUp(length * BYTES_PER_SQUARE_SUM), BINDING_ALIGNMENT)
  const sums = planner.sumsOf(startsOf(rounds.length) + BYTES_PER_SQUARE_SUM)
  const partOf = (round: number, first: number, length: number, isOutput: boolean): Part => {
    const offset = startsOf(round) + first * BYTES_PER_SQUARE_SUM
    return { buffer: sums.buffer, offset, size: Math.max(1, length) * BYTES_PER_SQUARE_SUM, isOutput }
  }
  const geometryOf = (length: number, partition: { invocations: number }) => {
    return { count: length, columns: 1, column: 0, partition }
  }
  let first = 0
  const ofInvocations = segments.map(({ segment, parts }, i) => {
    const partition = partitions[i]!
    const part = partOf(0, first, partition.invocations, true)
    first += partition.invocations
    return planner.draft({
      operation: SQUARE_SUMS,
      format,
      parts: [...parts, part],
      access: segment.access,
      geometry: geometryOf(segment.count, partition),
      sums,
      ...partition,
    })
  })
  const joins = rounds.map((length, round) => {
    const next = rounds[round + 1]
    const result = next === undefined ? (into ?? normWithin(sums.buffer)) : partOf(round + 1, 0, next, true)
    return planner.draft({
      operation: next === undefined ? NORM : JOIN_SQUARE_SUMS,
      format: 'f32',
      parts: [partOf(round, 0, length, false), { ...result, isOutput: true }],
      access: 'words',
      geometry: geometryOf(length, { invocations: 1 }),
      sums,
      workgroups: grid.workgroupsFor((next ?? 1) * grid.joiningSize),
    })
  })
  return [...ofInvocations, ...joins]
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / BINDING_ALIGNMENT) * BINDING_ALIGNMENT
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
      const partition = planner.grid.partitionOf(Math.ceil(count / LANES))
      const geometry = { count, columns: 1, column: 0, partition }
      const parameters = [maxNorm]
      return planner.draft({
        operation: CLIP,
        format,
        parts: [...parts, norm],
        access,
        geometry,
        parameters,
        sums,
        ...partition,
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
