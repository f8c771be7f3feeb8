import { type Draft, isChangedAgain } from '../plan/planner.ts'
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

/** The part of a call's plan that serves the same call on other buffers of the same sizes. */
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
