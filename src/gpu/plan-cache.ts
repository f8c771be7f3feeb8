import type { KnownBuffer } from './buffers.ts'

/** What one dispatch needs in a pass. */
export interface Dispatch {
  readonly pipeline: GPUComputePipeline
  readonly bindGroups: readonly GPUBindGroup[]
  readonly workgroups: number
}

/** What a call records. It holds no GPUBuffer, so that one which its owner lets go is collected. */
export interface Plan {
  readonly dispatches: readonly Dispatch[]
  readonly buffers: readonly KnownBuffer[]
  /** Why the device refused a bind group, which it says some time after the call. */
  refusal: string | undefined
}

const MOST_PLANS = 2048

/** The plans of the calls that were made last. A plan goes when a buffer of it does, or when many others came after it. */
export class PlanCache {
  readonly #plans = new Map<string, { readonly plan: Plan; readonly drop: () => void }>()

  get(key: string): Plan | undefined {
    const entry = this.#plans.get(key)
    if (entry === undefined) return undefined
    // The first of a Map is its oldest.
    this.#plans.delete(key)
    this.#plans.set(key, entry)
    return entry.plan
  }

  set(key: string, plan: Plan): void {
    const drop = (): void => {
      this.#plans.delete(key)
      for (const { dependents } of plan.buffers) dependents.delete(drop)
    }
    this.#plans.set(key, { plan, drop })
    for (const { dependents } of plan.buffers) dependents.add(drop)
    if (this.#plans.size > MOST_PLANS) this.#plans.values().next().value!.drop()
  }

  clear(): void {
    for (const { drop } of this.#plans.values()) drop()
  }
}
