import { type Draft, isChangedAgain } from '../plan/planner.ts'
import { choicesOfSchedule } from '../plan/schedule.ts'
import type { PipelineCache } from '../programs/programs.ts'
import type { CallBuffer } from './keys.ts'
import type { Dispatch } from './plan-cache.ts'

/** The place of the partial sums, beside those of the call's buffers. */
export const SUMS = -1

/** A storage binding of a dispatch. */
interface BindingTemplate {
  /** The index of the buffer among those of the call, or {@link SUMS}. */
  readonly place: number
  readonly offset: number
  readonly size: number
}

/** A dispatch without its bind group. */
export interface DispatchTemplate extends Omit<Dispatch, 'bindGroup'> {
  readonly label: string
  readonly layout: GPUBindGroupLayout
  readonly uniforms: readonly GPUBufferBinding[]
  readonly bindings: readonly BindingTemplate[]
}

/** What the plan of a call has in common with the plans of the same call on other buffers of the same sizes. */
export interface PlanTemplate {
  readonly dispatches: readonly DispatchTemplate[]
  /** The bytes of partial sums; undefined without sums. Their buffer is not kept, so that it can be collected. */
  readonly sumsBytes: number | undefined
  readonly changesAgain: boolean
}

/** Takes the buffers of a call out of its dispatches. Compiles their programs where need be. */
export function templateOf(
  drafts: readonly Draft[],
  buffers: readonly CallBuffer[],
  programs: PipelineCache,
): PlanTemplate {
  let sumsBytes: number | undefined
  const dispatches = drafts.map(({ program, uniforms, arrays, sums, slopesFrom, workgroups }): DispatchTemplate => {
    const bindings = arrays.map(({ buffer, offset, size }): BindingTemplate => {
      if (buffer !== sums?.buffer) return { place: buffers.findIndex(other => other.buffer === buffer), offset, size }
      sumsBytes = Math.max(sumsBytes ?? 0, offset + size)
      return { place: SUMS, offset, size }
    })
    const label = `webgpu-activations ${program.activation?.name ?? ''} ${program.operation.name}`
    const pipeline = programs.pipeline(program)
    return { pipeline, layout: programs.layout(program), label, uniforms, bindings, slopesFrom, workgroups }
  })
  const [last] = drafts.slice(-1)
  return { dispatches, sumsBytes, changesAgain: last !== undefined && isChangedAgain(last.program) }
}

/** The entries of a dispatch's bind group. @param bufferAt gives the buffer of a place */
export function entriesOf(
  { uniforms, bindings }: DispatchTemplate,
  bufferAt: (place: number) => GPUBuffer,
): GPUBindGroupEntry[] {
  const entries: GPUBindGroupEntry[] = []
  for (const resource of uniforms) entries.push({ binding: entries.length, resource })
  for (const { place, offset, size } of bindings) {
    entries.push({ binding: entries.length, resource: { buffer: bufferAt(place), offset, size } })
  }
  return entries
}

// A template of a dispatch takes about 1 KiB, and keeps two uniform buffers of about 80 bytes, which dispatches of one
// geometry share.
const MOST_DISPATCHES = 512

/**
 * Caches the templates of the most recent calls, until another schedule is chosen. They hold no reference to the caller's
 * buffers.
 */
export class TemplateCache {
  readonly #templates = new Map<string, PlanTemplate>()
  #dispatches = 0
  #choices = choicesOfSchedule()

  get(key: string): PlanTemplate | undefined {
    if (this.#choices !== choicesOfSchedule()) this.clear()
    const template = this.#templates.get(key)
    if (template === undefined) return undefined
    // A Map iterates in insertion order: the first entry is the least recently used.
    this.#templates.delete(key)
    this.#templates.set(key, template)
    return template
  }

  set(key: string, template: PlanTemplate): void {
    this.#dispatches += template.dispatches.length - (this.#templates.get(key)?.dispatches.length ?? 0)
    this.#templates.delete(key)
    this.#templates.set(key, template)
    for (const [oldest, { dispatches }] of this.#templates) {
      if (this.#dispatches <= MOST_DISPATCHES && this.#templates.size <= MOST_DISPATCHES) return
      this.#templates.delete(oldest)
      this.#dispatches -= dispatches.length
    }
  }

  clear(): void {
    this.#templates.clear()
    this.#dispatches = 0
    this.#choices = choicesOfSchedule()
  }
}
