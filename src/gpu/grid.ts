import { isSoftware } from './device.ts'

/** Invocations in a workgroup, as the kernels declare it. */
const WORKGROUP_SIZE = 256
// A software adapter has one thread a core, and pays for every invocation it starts: it wants few, that each take many
// vectors. SwiftShader on 2 cores took 19 ms for leakyRelu over 256 Ki elements with 256 workgroups and 3 ms with 16, and
// nothing clearly less with more (2026-11-20). A hardware GPU wants every vector in flight at once.
const MOST_WORKGROUPS_IN_SOFTWARE = 16
/** Segments start at offsets that a storage binding may have. */
export const SEGMENT_ALIGNMENT = 256

/** How a device takes a tensor: in segments that one binding holds, each by a number of workgroups in a grid stride. */
export class Grid {
  /** The most bytes of a segment. */
  readonly largestSegment: number
  readonly #mostWorkgroups: number

  constructor(device: GPUDevice) {
    const { maxComputeWorkgroupsPerDimension, maxStorageBufferBindingSize } = device.limits
    this.largestSegment = maxStorageBufferBindingSize - (maxStorageBufferBindingSize % SEGMENT_ALIGNMENT)
    this.#mostWorkgroups = isSoftware(device) ? MOST_WORKGROUPS_IN_SOFTWARE : maxComputeWorkgroupsPerDimension
  }

  /** How many workgroups take so many groups of lanes. */
  workgroupsFor(groupsOfLanes: number): number {
    return Math.min(Math.ceil(groupsOfLanes / WORKGROUP_SIZE), this.#mostWorkgroups)
  }
}
