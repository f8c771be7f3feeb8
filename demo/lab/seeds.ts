import { uniform } from '../support/random.ts'

/** The random draws of a run. */
const PURPOSES = ['data', 'weights', 'order', 'dropout', 'noise'] as const

/** Uniform numbers for one purpose: a seed gives independent ones to each. */
export function drawsOf(seed: number, purpose: (typeof PURPOSES)[number]): () => number {
  return uniform(seed * PURPOSES.length + PURPOSES.indexOf(purpose))
}
