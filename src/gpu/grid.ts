import { isSoftware } from './device.ts'

/** Invocations in a workgroup, as the kernels declare it. */
export const WORKGROUP_SIZE = 256
// A software adapter has one thread a core, and pays for every invocation it starts: it wants few, that each take many
// vectors. SwiftShader on 2 cores took 19 ms for leakyRelu over 256 Ki elements with 256 workgroups and 3 ms with 16, and
// nothing clearly less with more (2026-11-20). A hardware GPU wants every vector in flight at once.
const MOST_WORKGROUPS_IN_SOFTWARE = 16
// Enough to fill a large GPU, and few enough for what they leave to be added up at once: 2 MiB. Not measured on hardware.
const MOST_WORKGROUPS_THAT_SUM = 512

/** How many invocations a device takes at a time. */
export class Grid {
  readonly #mostWorkgroups: number

  constructor(device: GPUDevice) {
    this.#mostWorkgroups = isSoftware(device)
      ? MOST_WORKGROUPS_IN_SOFTWARE
      : device.limits.maxComputeWorkgroupsPerDimension
  }

  /** How many workgroups take so many groups of lanes, each invocation one or, in a grid stride, more. */
  workgroupsFor(groupsOfLanes: number): number {
    return this.workgroupsOf(Math.ceil(groupsOfLanes / WORKGROUP_SIZE))
  }

  /** How many workgroups take so many tasks, each one or more. */
  workgroupsOf(tasks: number): number {
    return Math.min(tasks, this.#mostWorkgroups)
  }

  /**
   * How many invocations share so many groups of lanes where each is to meet the same columns in every turn: a multiple of
   * what it takes until the columns come round.
   */
  invocationsThatSum(groupsOfLanes: number, lanes: number, columns: number): number {
    const most = Math.min(this.#mostWorkgroups, MOST_WORKGROUPS_THAT_SUM) * WORKGROUP_SIZE
    const round = columns / greatestCommonDivisor(columns, lanes)
    return Math.min(groupsOfLanes, Math.max(1, Math.floor(most / round)) * round)
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
