import type { Environment, Row } from '../report/rows.ts'

/** What a notice is about: a wrong address, missing WebGPU, a file that cannot be used, a device refused or lost. */
export type Topic = 'address' | 'webgpu' | 'file' | 'device'

/**
 * What the page tells whoever listens on its `document`: CustomEvents, by type, each with its `detail`. `npm run
 * throughput` listens; so can any script.
 */
export interface PageEvents {
  /** A run starts. */
  'throughput:start': {
    readonly environment: Environment
    readonly rows: number
    readonly input: string
    /** Why WebGPU is left out, though it is chosen. */
    readonly missing?: string
  }
  /** What is being done, and how many rows are finished. */
  'throughput:progress': { readonly done: number; readonly rows: number; readonly step: string }
  /** A row is finished. */
  'throughput:row': Row
  /** The page says something that the user should know. */
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
