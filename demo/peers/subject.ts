import type { Activation } from '../../src/index.ts'

/** The identity of an activation. */
export type Subject = Pick<Activation, 'name' | 'parameters'>
