import { isSoftware } from '../device/device.ts'
import { workgroupSizeOf } from '../device/workgroup-size.ts'
import { type Schedule, scheduleOf } from './schedule.ts'
import { ELEMENTS_PER_MASK_WORD, LANES } from '../../operations/layout.ts'

// Enough to fill a large GPU, and few enough for what they leave to be added up at once: 2 MiB. Not measured on hardware. Not
// subject to a schedule, which is measured: sums are to be the same in every run.
const MOST_INVOCATIONS_THAT_SUM = 512 * 256
const MOST_INVOCATIONS_THAT_SUM_IN_SOFTWARE = 16 * 256
const GROUPS_PER_MASK_WORD = ELEMENTS_PER_MASK_WORD / LANES

/** Who computes what in a dispatch: the words of the shader's Geometry that say so, and how many workgroups there are. */
export interface Order {
  readonly workgroups: number
  readonly invocations: number
  /** Invocation k begins with the group of lanes k * run, goes on by `stride`, and takes none that is `reach` further on. */
  readonly run: number
  readonly stride: number
  readonly reach: number
}

/** How the invocations of a device share the groups of lanes of a tensor. */
export class Grid {
  readonly #device: GPUDevice
  readonly workgroupSize: number

  constructor(device: GPUDevice) {
    this.#device = device
    this.workgroupSize = workgroupSizeOf(device)
  }

  /** @param masked whether the groups of a word of a mask have to follow each other in one invocation */
  orderOf(groups: number, masked = false): Order {
    return orderOf(scheduleOf(this.#device), groups, this.workgroupSize, masked)
  }

  /**
   * The order in which each invocation meets the same columns in every turn: their number is a multiple of what it takes until
   * the columns come round. It depends on these lengths and the limits of the device alone.
   */
  orderThatSums(groups: number, columns: number): Order {
    const most = isSoftware(this.#device) ? MOST_INVOCATIONS_THAT_SUM_IN_SOFTWARE : MOST_INVOCATIONS_THAT_SUM
    const round = columns / greatestCommonDivisor(columns, LANES)
    const invocations = Math.min(groups, Math.max(1, Math.floor(most / round)) * round)
    return stridedOrder(groups, invocations, this.workgroupSize)
  }

  /** How many workgroups take so many groups of lanes or other tasks, each invocation one or more. */
  workgroupsFor(tasks: number): number {
    return Math.min(Math.ceil(tasks / this.workgroupSize), scheduleOf(this.#device).workgroups)
  }
}

/** Who computes what of so many groups of lanes. */
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
