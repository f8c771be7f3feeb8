import type { KnownBuffer } from '../bindings/buffers.ts'
import type { Sums } from '../plan/planner.ts'

/** What one dispatch needs in a pass. */
export interface Dispatch {
  readonly pipeline: GPUComputePipeline
  /** Bind group 0. */
  readonly bindGroup: GPUBindGroup
  /** The element from which on it takes slopes, in bind group 1; undefined: it takes none. */
  readonly slopesFrom: number | undefined
  readonly workgroups: number
}

/** What a call records. It holds no GPUBuffer of a caller's, so that one which its owner lets go is collected. */
export interface DispatchPlan {
  readonly dispatches: readonly Dispatch[]
  readonly buffers: readonly KnownBuffer[]
  readonly sums: Sums | undefined
  /** Whether its last dispatch would change something if it was run once more. Of null for a bind group 0.3 µs are due to Dawn. */
  readonly changesAgain: boolean
  /** Why the device refused a bind group, which it says some time after the call. */
  refusal: string | undefined
}

const MOST_PLANS = 2048
// Each takes some 10 KiB in Dawn, bind groups and uniforms (SwiftShader; 17 on lavapipe), and 1 KiB of JavaScript: a plan of several
// dispatches so much more.
const MOST_DISPATCHES = 2 * MOST_PLANS

/**
 * The plans of the calls that were made last. A plan goes when a buffer of it does, one that is kept for it included, or when many
 * others came after it.
 */
export class PlanCache {
  readonly #plans = new Map<string, { readonly plan: DispatchPlan; readonly drop: () => void }>()
  #dispatches = 0

  get(key: string): DispatchPlan | undefined {
    const entry = this.#plans.get(key)
    if (entry === undefined) return undefined
    // The first of a Map is its oldest.
    this.#plans.delete(key)
    this.#plans.set(key, entry)
    return entry.plan
  }

  set(key: string, plan: DispatchPlan): void {
    this.#plans.get(key)?.drop()
    const needed = plan.sums === undefined ? plan.buffers : [...plan.buffers, plan.sums]
    const drop = (): void => {
      if (this.#plans.get(key)?.plan !== plan) return
      this.#plans.delete(key)
      this.#dispatches -= plan.dispatches.length
      for (const { dependents } of needed) dependents.delete(drop)
    }
    this.#plans.set(key, { plan, drop })
    this.#dispatches += plan.dispatches.length
    for (const { dependents } of needed) dependents.add(drop)
    for (const oldest of this.#plans.values()) {
      if (this.#plans.size <= MOST_PLANS && (this.#dispatches <= MOST_DISPATCHES || this.#plans.size === 1)) break
      oldest.drop()
    }
  }

  clear(): void {
    for (const { drop } of this.#plans.values()) drop()
  }
}
