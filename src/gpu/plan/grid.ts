import { isSoftware } from '../device/device.ts'
import { workgroupSizeOf } from '../device/workgroup-size.ts'
import { type Schedule, scheduleOf } from './schedule.ts'
import { ELEMENTS_PER_MASK_WORD, LANES } from '../../operations/layout.ts'

// Enough invocations to fill a large GPU, and few enough to keep their partial sums at 2 MiB. Not measured on hardware.
// No schedule changes these numbers, because a schedule is measured and sums must be the same in every run.
const MOST_INVOCATIONS_THAT_SUM = 512 * 256
const MOST_INVOCATIONS_THAT_SUM_IN_SOFTWARE = 16 * 256
const GROUPS_PER_MASK_WORD = ELEMENTS_PER_MASK_WORD / LANES

/** Distributes vec4 indices over the invocations of a dispatch, as a grid-stride loop or a blocked partition. */
export interface Order {
  readonly workgroups: number
  readonly invocations: number
  /** Invocation k takes the vec4 indices from k * run to k * run + reach, exclusive, in steps of `stride`. */
  readonly run: number
  readonly stride: number
  readonly reach: number
}

/** Distributes the vec4 indices of a tensor over the invocations of a device. */
export class Grid {
  readonly #device: GPUDevice
  readonly workgroupSize: number

  constructor(device: GPUDevice) {
    this.#device = device
    this.workgroupSize = workgroupSizeOf(device)
  }

  /** @param masked requires that one invocation takes all vec4 indices of a mask word, in order */
  orderOf(groups: number, masked = false): Order {
    return orderOf(scheduleOf(this.#device), groups, this.workgroupSize, masked)
  }

  /**
   * Returns a grid-stride loop whose stride is a multiple of the column count, so that an invocation's lanes always add
   * into the same columns. Depends only on these lengths and the limits of the device.
   *
   * @param mostOnHardware the most invocations on a hardware adapter
   */
  orderThatSums(groups: number, columns: number, mostOnHardware = MOST_INVOCATIONS_THAT_SUM): Order {
    const most = isSoftware(this.#device) ? MOST_INVOCATIONS_THAT_SUM_IN_SOFTWARE : mostOnHardware
    const round = columns / greatestCommonDivisor(columns, LANES)
    const invocations = Math.min(groups, Math.max(1, Math.floor(most / round)) * round)
    return stridedOrder(groups, invocations, this.workgroupSize)
  }

  /** Returns the number of workgroups for so many tasks, at least one per invocation. */
  workgroupsFor(tasks: number): number {
    return Math.min(Math.ceil(tasks / this.workgroupSize), scheduleOf(this.#device).workgroups)
  }
}

/** Distributes so many vec4 indices over invocations, by a schedule. */
export function orderOf(schedule: Schedule, groups: number, workgroupSize: number, masked = false): Order {
  const { order, workgroups, fewestGroups } = schedule
  const atOnce = masked ? GROUPS_PER_MASK_WORD : 1
  const busy = Math.ceil(groups / Math.max(fewestGroups, atOnce) / workgroupSize)
  const most = Math.min(busy, workgroups) * workgroupSize
  if (order === 'strided' && !masked) return stridedOrder(groups, most, workgroupSize)
  const run = Math.ceil(groups / most / atOnce) * atOnce
  const invocations = Math.ceil(groups / run)
  return { workgroups: Math.ceil(invocations / workgroupSize), invocations, run, stride: 1, reach: run }
}

function stridedOrder(groups: number, invocations: number, workgroupSize: number): Order {
  const workgroups = Math.ceil(invocations / workgroupSize)
  return { workgroups, invocations, run: 1, stride: invocations, reach: groups }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
