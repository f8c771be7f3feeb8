import { isSoftware } from '../device/device.ts'
import { joiningSizeOf, workgroupSizeOf } from '../device/workgroup-size.ts'
import { type Schedule, scheduleOf } from './schedule.ts'
import { ELEMENTS_PER_MASK_WORD, LANES } from '../../operations/layout.ts'

// Enough invocations to fill a large GPU, and few enough to keep their partial sums at 2 MiB. Not measured on hardware.
// No schedule changes these numbers, because a schedule is measured and sums must be the same in every run.
const MOST_INVOCATIONS_THAT_SUM = 512 * 256
const MOST_INVOCATIONS_THAT_SUM_IN_SOFTWARE = 16 * 256
// Lavapipe computes 8 invocations at a time. Where these alone share a segment, they read consecutive vectors: the statistics
// of 16 MiB take 0.7 of the time of a grid-stride loop over 4,096 invocations (lavapipe, 2026-11-30).
const FEWEST_INVOCATIONS_OF_SEGMENT = 8
export const VECTORS_PER_MASK_WORD = ELEMENTS_PER_MASK_WORD / LANES

/** Distributes vec4 indices over the invocations of a dispatch, as a grid-stride loop or a blocked partition. */
export interface Partition {
  readonly workgroups: number
  readonly invocations: number
  /**
   * Invocation k takes the vec4 indices from k * invocationStride on, below its first one + span, in steps of
   * `loopStride`.
   */
  readonly invocationStride: number
  readonly loopStride: number
  readonly span: number
}

export class Grid {
  readonly #device: GPUDevice
  readonly workgroupSize: number
  /** The workgroup size of kernels that join results in a workgroup. */
  readonly joiningSize: number

  constructor(device: GPUDevice) {
    this.#device = device
    this.workgroupSize = workgroupSizeOf(device)
    this.joiningSize = joiningSizeOf(device)
  }

  /** @param atOnce the vec4 indices that one invocation takes, in order, because their results share words */
  partitionOf(vectors: number, atOnce = 1): Partition {
    return partitionOf(scheduleOf(this.#device), vectors, this.workgroupSize, atOnce)
  }

  /**
   * Returns a grid-stride loop whose stride is a multiple of the column count, so that an invocation's lanes always add
   * into the same columns. Depends only on these lengths and the limits of the device.
   *
   * @param mostOnHardware the most invocations on a hardware adapter
   */
  summingPartition(vectors: number, columns: number, mostOnHardware = MOST_INVOCATIONS_THAT_SUM): Partition {
    const most = isSoftware(this.#device) ? MOST_INVOCATIONS_THAT_SUM_IN_SOFTWARE : mostOnHardware
    const round = columns / greatestCommonDivisor(columns, LANES)
    const invocations = Math.min(vectors, Math.max(1, Math.floor(most / round)) * round)
    return stridedPartition(vectors, invocations, this.workgroupSize)
  }

  /**
   * Returns a partition as {@link summingPartition}, of segments: floor(k / loopStride) is the segment of invocation k, whose
   * vec4 indices begin at that times `span`. A hardware adapter has one segment.
   */
  segmentedPartition(vectors: number, columns: number, mostOnHardware: number): Partition {
    const partition = this.summingPartition(vectors, columns, mostOnHardware)
    const round = columns / greatestCommonDivisor(columns, LANES)
    const loopStride = Math.ceil(FEWEST_INVOCATIONS_OF_SEGMENT / round) * round
    const segments = Math.floor(partition.invocations / loopStride)
    if (!isSoftware(this.#device) || segments < 2) return partition
    const span = Math.ceil(vectors / loopStride / segments) * loopStride
    return { ...stridedPartition(vectors, segments * loopStride, this.workgroupSize), loopStride, span }
  }

  /** Returns the number of workgroups that join so many results, at least one per invocation. */
  workgroupsFor(tasks: number): number {
    return Math.min(Math.ceil(tasks / this.joiningSize), scheduleOf(this.#device).workgroups)
  }
}

export function partitionOf(schedule: Schedule, vectors: number, workgroupSize: number, atOnce = 1): Partition {
  const { order, workgroups, fewestVectors } = schedule
  const busy = Math.ceil(vectors / Math.max(fewestVectors, atOnce) / workgroupSize)
  const most = Math.min(busy, workgroups) * workgroupSize
  if (order === 'strided' && atOnce === 1) return stridedPartition(vectors, most, workgroupSize)
  const span = Math.ceil(vectors / most / atOnce) * atOnce
  const invocations = Math.ceil(vectors / span)
  return {
    workgroups: Math.ceil(invocations / workgroupSize),
    invocations,
    invocationStride: span,
    loopStride: 1,
    span,
  }
}

function stridedPartition(vectors: number, invocations: number, workgroupSize: number): Partition {
  const workgroups = Math.ceil(invocations / workgroupSize)
  return { workgroups, invocations, invocationStride: 1, loopStride: invocations, span: vectors }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
