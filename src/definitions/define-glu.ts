import { Activation } from '../activations/support/activation.ts'
import { severalChannels } from '../activations/support/channels.ts'
import { GluActivation } from '../activations/support/glu-activation.ts'
import { DefinitionError, show } from '../support/errors.ts'
import { readOptions } from '../support/reading.ts'
import { checkName, registerName } from './names.ts'

/** The definition of a gated linear unit of your own, for {@link defineGlu}. */
export interface GluDefinition<Options extends readonly unknown[]> {
  /** The name, as an activation has one. */
  readonly name: string
  /** The function that makes the activation of the gate: one of this library, such as `mish`, or one of your own. */
  readonly activation: (...options: Options) => Activation
}

const OWNER = 'defineGlu'
const FIX = "Give { name: 'miglu', activation: mish }."

/**
 * Defines a gated linear unit of your own, `y = f(gate) * up` for any activation f but a prelu with several slopes. What it
 * returns makes GLUs, from the options of f, and everything takes them that takes `swiglu()`.
 *
 * @throws DefinitionError for a name that is taken, and for an activation that is no function
 */
export function defineGlu<Options extends readonly unknown[]>(
  definition: GluDefinition<Options>,
): (...options: Options) => GluActivation {
  const { name, activation: make } = readOptions(OWNER, definition, ['name', 'activation'], FIX)
  checkName(OWNER, name)
  if (typeof make !== 'function') {
    throw new DefinitionError(`${name}'s activation is ${show(make)}.`, `Give the function itself. ${FIX}`)
  }
  registerName(OWNER, name, String(make))
  const makeGlu = (...options: Options): GluActivation => {
    const activation: unknown = make(...options)
    if (!Activation.is(activation) || severalChannels(activation) !== undefined) {
      throw new DefinitionError(
        `${name}'s activation made ${show(activation)}.`,
        'Have it make a function of one tensor, with one slope at most.',
      )
    }
    return new GluActivation(name, activation, { programName: `${name} ${activation.programName}` })
  }
  return Object.defineProperty(makeGlu, 'name', { value: name })
}
