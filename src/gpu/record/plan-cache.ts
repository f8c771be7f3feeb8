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
}

const MOST_PLANS = 2048
// A dispatch takes about 10 KiB in Dawn for bind groups and uniforms (SwiftShader; 17 on lavapipe), and 1 KiB in
// JavaScript.
const MOST_DISPATCHES = 2 * MOST_PLANS

/**
 * Caches the plans of the most recent calls. A plan is dropped when one of its buffers is collected or refused, when its buffer of
 * partial sums is replaced, or when it is the least recently used of too many.
 */
export class PlanCache {
  readonly #plans = new Map<string, { readonly plan: DispatchPlan; readonly drop: () => void }>()
  #dispatches = 0

  get(key: string): DispatchPlan | undefined {
    const entry = this.#plans.get(key)
    if (entry === undefined) return undefined
    // A Map iterates in insertion order: the first entry is the least recently used.
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
