import { ACTIVATION_NAMES } from './choices.ts'
import type { NumberRule } from './parameters.ts'
import type { Query } from './query.ts'

/** The choices of the room Shapes. */
export interface ShapesState {
  /** The activation that is drawn. */
  readonly plot: string
  /** The mean of the normal distribution in the plot. */
  readonly mean: number
  /** The place at which values are read off. */
  readonly x: number
}

export const SHAPES_DEFAULTS: ShapesState = { plot: 'relu', mean: 0, x: -2 }

const MEAN: NumberRule = {
  valid: value => value >= -10 && value <= 10,
  rule: 'a number from -10 to 10 is needed',
}

const PLACE: NumberRule = { valid: value => value >= -6 && value <= 6, rule: 'a number from -6 to 6 is needed' }

export function readShapes(query: Query): { readonly [Name in keyof ShapesState]: ShapesState[Name] | undefined } {
  return {
    plot: query.word('plot', ACTIVATION_NAMES),
    mean: query.number('mean', MEAN),
    x: query.number('x', PLACE),
  }
}
