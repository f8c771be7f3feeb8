import type { Query } from './query.ts'

/** The choices of the room Lab. */
export interface LabState {
  /** The story that is told; empty for free play. */
  readonly story: string
}

export const LAB_DEFAULTS: LabState = { story: '' }

export function readLab(query: Query): { readonly [Name in keyof LabState]: LabState[Name] | undefined } {
  return { story: query.text('story') }
}
