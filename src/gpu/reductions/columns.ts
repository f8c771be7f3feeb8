import columns from '../../../shaders/reductions/columns.wgsl?raw'
import gated from '../../../shaders/reductions/gated.wgsl?raw'
import gradient from '../../../shaders/reductions/gradient.wgsl?raw'
import joinStatistics from '../../../shaders/reductions/join-statistics.wgsl?raw'
import joinUnits from '../../../shaders/reductions/join-units.wgsl?raw'
import lost from '../../../shaders/reductions/lost.wgsl?raw'
import openUnits from '../../../shaders/reductions/open-units.wgsl?raw'
import scale from '../../../shaders/reductions/scale.wgsl?raw'
import statistics from '../../../shaders/reductions/statistics.wgsl?raw'
import ungated from '../../../shaders/reductions/ungated.wgsl?raw'
import orderWgsl from '../../../shaders/numerics/order.wgsl?raw'
import type { Activation } from '../../activations/support/activation.ts'
import { BYTES_PER_VECTOR, BYTES_PER_WORD, LANES } from '../../operations/layout.ts'
import type { KernelDescription, Slot } from '../../operations/operation.ts'
import { SMALLEST_NORMAL_BITS } from '../../support/bits.ts'
import type { BufferRange } from '../bindings/bindings.ts'
import type { Partition } from '../plan/grid.ts'
import type { Draft, Planner } from '../plan/planner.ts'
import { boundSlopes } from '../programs/program.ts'
import type { FloatFormat } from '../../support/formats.ts'
import { kernel } from '../../operations/kernel.ts'
import { segmentsOfTensor, type TensorRange } from './norm.ts'

/** A reduction over the rows of a tensor, to one record for each column. */
export interface ColumnReduction {
  /** Reads the tensor, and stores records of the lanes of each invocation. */
  readonly lanes: (activation: Activation) => KernelDescription
  /** Joins the records of each column. */
  readonly join: KernelDescription
  /** Words of a record of a lane, and of a column. */
  readonly wordsPerLane: number
  readonly wordsPerColumn: number
  /** The way in which the kernel expects its lanes to share the tensor. */
  readonly partition: 'summingPartition' | 'segmentedPartition'
}

/** Statistics of activations: the words of a unit are those of src/diagnostics/read.ts. */
export const STATISTICS = reduction(
  'statistics',
  [orderWgsl, scale, lost, statistics],
  [scale, lost, joinStatistics],
  10,
  20,
  'segmentedPartition',
)

/** The bits seen of each unit: bit 0 an element, bit 1 a gradient, bit 2 an open gate. */
export const UNITS = reduction('units', [openUnits], [joinUnits], 1, 1, 'summingPartition')

function reduction(
  name: string,
  lanesWgsl: readonly string[],
  joinWgsl: readonly string[],
  wordsPerLane: number,
  wordsPerColumn: number,
  partition: ColumnReduction['partition'],
): ColumnReduction {
  const slot = (slotName: string, role: Slot['role'], isOutput: boolean): Slot => ({ name: slotName, role, isOutput })
  const slots = [slot('x', 'elements', false), slot('sums', 'words', true)]
  const lanes = (activation: Activation): KernelDescription => {
    const { gate, bounds } = activation
    const isExact = bounds === undefined
    const hasSlopes = boundSlopes(activation) !== undefined
    const constants = [
      `const ZERO_BELOW = ${isExact ? 1 : SMALLEST_NORMAL_BITS}u;`,
      // The kernel does not count what the results, or one slope for all elements, tell already.
      `const COUNTS_OPEN = ${gate !== undefined && gate.isShutWhereZero !== true};`,
      `const COUNTS_GRADIENTS = ${gate === undefined || hasSlopes};`,
    ]
    const wgsl = [...constants, gradient, gate === undefined ? ungated : gated, ...lanesWgsl]
    return kernel(`${name}${isExact ? ' exact' : ''}`, wgsl, slots)
  }
  const join = kernel(`join ${name}`, [columns, ...joinWgsl], [slot('sums', 'words', false), slot(name, 'words', true)])
  return { lanes, join, wordsPerLane, wordsPerColumn, partition }
}

// Bounds the records of lanes to 8 MiB on a hardware adapter, where columns allow it.
const MOST_BYTES = 8 * 2 ** 20

/**
 * Plans a reduction of a tensor of [rows, units] to a record a unit.
 *
 * @param into the records of the units
 * @param accumulates joins the records with what `into` holds
 * @param start the index of the first element in the whole tensor
 */
export function columnDrafts(
  planner: Planner,
  { lanes, join, wordsPerLane, wordsPerColumn, partition: ordered }: ColumnReduction,
  activation: Activation,
  format: FloatFormat,
  tensor: TensorRange,
  into: BufferRange,
  accumulates: boolean,
  start = 0,
): Draft[] {
  const units = into.size / (wordsPerColumn * BYTES_PER_WORD)
  const bytes = wordsPerLane * BYTES_PER_VECTOR
  const partitionOf = (count: number): Partition =>
    planner.grid[ordered](Math.ceil(count / LANES), units, MOST_BYTES / bytes)
  const { maxComputeWorkgroupsPerDimension, maxStorageBufferBindingSize } = planner.device.limits
  const fits = (count: number): boolean => {
    const { workgroups, invocations } = partitionOf(count)
    return workgroups <= maxComputeWorkgroupsPerDimension && invocations * bytes <= maxStorageBufferBindingSize
  }
  const operation = lanes(activation)
  const segments = segmentsOfTensor(planner, operation, format, tensor, 1, fits, [into])
  const joinOf = (invocations: number, column: number, isLater: boolean): Draft => {
    const sums = planner.sumsOf(Math.max(1, invocations) * bytes)
    const part = { buffer: sums.buffer, offset: 0, size: Math.max(1, invocations) * bytes, isOutput: false }
    return planner.draft({
      operation: join,
      format: 'f32',
      parts: [part, { ...into, isOutput: true }],
      access: 'words',
      geometry: { count: units, columns: units, column, partition: { invocations } },
      parameters: [Number(accumulates || isLater)],
      sums,
      workgroups: planner.grid.workgroupsFor(units),
    })
  }
  if (segments.length === 0) return accumulates ? [] : [joinOf(0, 0, false)]
  return segments.flatMap(({ segment: { from, count, access }, parts }) => {
    const partition = partitionOf(count)
    const sums = planner.sumsOf(partition.invocations * bytes)
    const column = (start + from) % units
    const own = planner.draft({
      activation,
      operation,
      format,
      parts: [...parts, { buffer: sums.buffer, offset: 0, size: partition.invocations * bytes, isOutput: true }],
      access,
      geometry: { count, columns: units, column, partition },
      sums,
      slopesFrom: boundSlopes(activation) && start + from,
      ...partition,
    })
    return [own, joinOf(partition.invocations, column, from > 0)]
  })
}
