import type { Activation } from '../../src/index.ts'

/** What tells an activation from others. */
export type Subject = Pick<Activation, 'name' | 'parameters'>
