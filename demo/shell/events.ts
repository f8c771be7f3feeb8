import type { Environment, Row } from '../measure/rows.ts'

/**
 * The subject of a notice: a wrong address, missing WebGPU, a file that cannot be used, a device refused or lost, a room
 * that cannot be opened.
 */
export type Topic = 'address' | 'webgpu' | 'file' | 'device' | 'room'

/**
 * The CustomEvents that the page dispatches on its `document`: the `detail` of each type. `npm run throughput` listens to them.
 */
export interface PageEvents {
  /** A run starts. */
  'throughput:start': {
    readonly environment: Environment
    readonly rows: number
    readonly input: string
    /** The reason why WebGPU is left out although it is chosen. */
    readonly missing?: string
  }
  /** The current step, and the number of finished rows. */
  'throughput:progress': { readonly done: number; readonly rows: number; readonly step: string }
  /** A row is finished. */
  'throughput:row': Row
  /** The page shows a notice. */
  'throughput:notice': { readonly topic: Topic; readonly text: string }
  /** The run is over, or it could not start. */
  'throughput:end': { readonly finished: boolean; readonly reason?: string }
}

export const PAGE_EVENTS = [
  'throughput:start',
  'throughput:progress',
  'throughput:row',
  'throughput:notice',
  'throughput:end',
] as const satisfies readonly (keyof PageEvents)[]

export function announce<Type extends keyof PageEvents>(type: Type, detail: PageEvents[Type]): void {
  document.dispatchEvent(new CustomEvent(type, { detail }))
}
