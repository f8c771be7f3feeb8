import type { KnownBuffer } from '../bindings/buffers.ts'
import type { Draft, Sums } from '../plan/planner.ts'

export interface Dispatch extends Pick<Draft, 'slopesFrom' | 'workgroups'> {
  readonly pipeline: GPUComputePipeline
  readonly bindGroup: GPUBindGroup
}

/** The dispatches of a call. A plan holds no reference to the caller's GPUBuffers, so that they can be collected. */
export interface DispatchPlan {
  readonly dispatches: readonly Dispatch[]
  readonly buffers: readonly KnownBuffer[]
  readonly sums: Sums | undefined
  /**
   * True when a second run of the last dispatch would change results, so that bind group 0 is unset after it. Only
   * then, because setting null takes 0.3 µs in Dawn.
   */
  readonly changesAgain: boolean
  /** True when a dispatch reads slopes from bind group 1. */
  readonly bindsSlopes: boolean
}

interface Entry {
  readonly plan: DispatchPlan
  readonly drop: () => void
  /** True when a call took the plan since it was made or passed over. */
  isUsed: boolean
}

const MOST_PLANS = 2048
// A dispatch takes about 10 KiB in Dawn for bind groups and uniforms (SwiftShader; 17 on lavapipe), and 1 KiB in
// JavaScript.
const MOST_DISPATCHES = 2 * MOST_PLANS

/**
 * Caches the plans of recent calls. A plan is dropped when one of its buffers is collected or refused, when its buffer of partial sums is
 * replaced, or when there are too many: those go first that no call took since they were made or passed over.
 */
export class PlanCache {
  readonly #plans = new Map<string, Entry>()
  #dispatches = 0

  get(key: string): DispatchPlan | undefined {
    const entry = this.#plans.get(key)
    if (entry === undefined) return undefined
    // The entry keeps its place in the Map: to move it at each call would take longer than the look-up.
    entry.isUsed = true
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
    this.#plans.set(key, { plan, drop, isUsed: false })
    this.#dispatches += plan.dispatches.length
    for (const { dependents } of needed) dependents.add(drop)
    // A Map iterates in insertion order. Entries that were used go to its end, where this comes to them again.
    for (const [oldest, entry] of this.#plans) {
      if (this.#plans.size <= MOST_PLANS && (this.#dispatches <= MOST_DISPATCHES || this.#plans.size === 1)) break
      if (!entry.isUsed && oldest !== key) {
        entry.drop()
        continue
      }
      entry.isUsed = false
      this.#plans.delete(oldest)
      this.#plans.set(oldest, entry)
    }
  }

  clear(): void {
    for (const { drop } of this.#plans.values()) drop()
  }
}
