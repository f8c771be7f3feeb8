import * as library from '../../src/index.ts'
import { ACTIVATIONS, makeActivation } from '../state/choices.ts'
import { INITIAL_PARAMETERS } from '../state/parameters.ts'
import type { ActivationChoice } from './training-setup.ts'

/** The names of the activations that a hidden layer can have: those of one tensor. */
export const LAB_ACTIVATIONS: readonly string[] = ACTIVATIONS.filter(({ gated }) => gated !== true).map(
  ({ name }) => name,
)

/** Makes an activation of a setup. @throws InputError where its parameters are out of range */
export function activationOf({ name, parameters }: ActivationChoice): library.Activation {
  return makeActivation(library, name, { ...INITIAL_PARAMETERS[name], ...parameters }) as library.Activation
}
