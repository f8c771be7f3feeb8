import { type AdapterDescription, describeAdapter } from '../device/device.ts'

/** How invocations share a tensor. */
export interface Schedule {
  /**
   * `'strided'`: neighbours take neighbouring vectors, and then what lies as many vectors on as there are invocations; a GPU fetches
   * what neighbours ask for at once. `'blocked'`: each takes a block of its own, which suits a processor's caches.
   */
  readonly order: 'strided' | 'blocked'
  /** The most workgroups of a dispatch. */
  readonly workgroups: number
  /** How many groups of lanes an invocation takes at least, where there are as many. */
  readonly fewestGroups: number
}

// A software adapter has one thread a core, and pays for every invocation it starts: it wants few, that each take many
// vectors. SwiftShader on 2 cores took 19 ms for leakyRelu over 256 Ki elements with 256 workgroups and 3 ms with 16, and
// nothing clearly less with more (2026-11-20). A hardware GPU wants every vector in flight at once.
const WORKGROUPS_IN_SOFTWARE = 16
// SwiftShader runs the rare side of a branch too, once an invocation: leakyRelu over 16 Ki elements took 6 times as long as relu
// with one group an invocation (2026-11-21).
const FEWEST_GROUPS_IN_SOFTWARE = 16
// Enough for any number of cores, and few enough that starting them costs nothing beside the work.
const WORKGROUPS_IN_STRIDES = 1024

const chosen = new Map<string, Schedule>()

/** What schedules are chosen from, the one that is taken without a measurement first. */
export function candidatesFor(device: GPUDevice): readonly [Schedule, ...Schedule[]] {
  const adapter = describeAdapter(device)
  const few = { workgroups: WORKGROUPS_IN_SOFTWARE, fewestGroups: FEWEST_GROUPS_IN_SOFTWARE }
  const strided = { order: 'strided', ...few } as const
  const blocked = { order: 'blocked', ...few } as const
  // Relu of 16 Mi float32 backward: blocked takes 0.9 of the time of strided on SwiftShader, and 1.4 times on lavapipe (2026-11-21).
  if (isSwiftShader(adapter)) return [blocked, strided]
  if (adapter.isFallbackAdapter) return [strided, blocked]
  const { maxComputeWorkgroupsPerDimension: all } = device.limits
  return [
    { order: 'strided', workgroups: all, fewestGroups: 1 },
    { order: 'strided', workgroups: Math.min(all, WORKGROUPS_IN_STRIDES), fewestGroups: 1 },
    blocked,
  ]
}

/** The schedule of a device: the one that was chosen for its adapter, or else the likeliest. */
export function scheduleOf(device: GPUDevice): Schedule {
  return chosen.get(keyOf(device)) ?? candidatesFor(device)[0]
}

/** Sets the schedule of all devices on the adapter of this one, for calls that are new from now on. */
export function choose(device: GPUDevice, schedule: Schedule): void {
  chosen.set(keyOf(device), schedule)
}

/** Tells adapters apart. */
export function keyOf(device: GPUDevice): string {
  return JSON.stringify(describeAdapter(device))
}

function isSwiftShader({ vendor, architecture }: AdapterDescription): boolean {
  return vendor === 'google' && architecture === 'swiftshader'
}
