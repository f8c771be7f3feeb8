import { describeAdapter, isSoftware, isSwiftShader } from '../device/device.ts'

/** The distribution of a tensor over invocations. */
export interface Schedule {
  /**
   * `'strided'`: a grid-stride loop, in which neighbouring invocations take neighbouring vectors, so that a GPU
   * coalesces their accesses. `'blocked'`: a blocked partition, in which each invocation takes consecutive vectors,
   * which suits a CPU's caches.
   */
  readonly order: 'strided' | 'blocked'
  readonly workgroups: number
  /** The fewest vectors for an invocation, where the tensor has as many. */
  readonly fewestVectors: number
}

// A software adapter has one thread per core, and every invocation costs time to start: few invocations that each take
// many vectors are faster. SwiftShader on 2 cores took 19 ms for leakyRelu over 256 Ki elements with 256 workgroups and
// 3 ms with 16, and nothing clearly less with more (2026-11-20). A hardware GPU needs many invocations to hide memory
// latency.
const WORKGROUPS_IN_SOFTWARE = 16
const FEWEST_VECTORS_IN_SOFTWARE = 16
// SwiftShader runs both sides of a branch, and so the rare path once per four invocations: leakyRelu over 16 Ki elements takes 1.1
// times as long as a copy with 64 vectors, and 1.3 times as long with 16 (2026-12-01).
const FEWEST_VECTORS_ON_SWIFTSHADER = 64
// Enough for any number of cores, and few enough that their start costs little beside the work.
const WORKGROUPS_IN_STRIDES = 1024

const chosen = new Map<string, Schedule>()
let choices = 0

/** Returns the schedules to choose from. The first one applies without a measurement. */
export function candidatesFor(device: GPUDevice): readonly [Schedule, ...Schedule[]] {
  const isSwift = isSwiftShader(device)
  const few = {
    workgroups: WORKGROUPS_IN_SOFTWARE,
    fewestVectors: isSwift ? FEWEST_VECTORS_ON_SWIFTSHADER : FEWEST_VECTORS_IN_SOFTWARE,
  }
  const strided = { order: 'strided', ...few } as const
  const blocked = { order: 'blocked', ...few } as const
  // Relu of 16 Mi float32 backward: blocked takes 0.9 of the time of strided on SwiftShader, and 1.4 times on lavapipe
  // (2026-11-21).
  if (isSwift) return [blocked, strided]
  if (isSoftware(device)) return [strided, blocked]
  const { maxComputeWorkgroupsPerDimension: all } = device.limits
  return [
    { order: 'strided', workgroups: all, fewestVectors: 1 },
    { order: 'strided', workgroups: Math.min(all, WORKGROUPS_IN_STRIDES), fewestVectors: 1 },
    blocked,
  ]
}

/** Returns the schedule that was chosen for a device's adapter, or else the first candidate. */
export function scheduleOf(device: GPUDevice): Schedule {
  return chosen.get(keyOf(device)) ?? candidatesFor(device)[0]
}

/**
 * Sets the schedule of all devices on a device's adapter. Calls that are planned already, on these very buffers, keep
 * theirs.
 */
export function choose(device: GPUDevice, schedule: Schedule): void {
  chosen.set(keyOf(device), schedule)
  choices++
}

/** Returns how many schedules were chosen: what was planned before another was may have an older one. */
export function choicesOfSchedule(): number {
  return choices
}

export function keyOf(device: GPUDevice): string {
  return JSON.stringify(describeAdapter(device))
}
