import type { Activation, GluActivation } from '../../src/index.ts'
import { type ExactResults, exactResults } from '../activations/exact.ts'
import { allActivations, allGlus, formulaOf } from '../activations/lookup.ts'
import type { Formula, Options, Parameter } from '../activations/record.ts'
import { boundedSamples as numeric } from '../activations/samples.ts'
import { activationOf, madeFor } from '../support/vectors.ts'
import type { Random } from './random.ts'

/** An activation whose results are known bit for bit. */
export interface Exact extends ExactResults {
  readonly activation: Activation
  /** Whether it computes: a subnormal may be flushed, and the payload of a NaN lost. */
  readonly isRounded: boolean
}

/** f(gate) * up, without clamps. */
export interface Pair {
  readonly activation: GluActivation
  readonly formula: Formula
  readonly gated: boolean
}

// prelu is called with slopes of its own.
const exactRecords = allActivations.filter(({ name, accuracy }) => accuracy !== 'bounded' && name !== 'prelu')

/** One that rounds at most once, with parameters at random. */
export function exactAtRandom(random: Random): Exact {
  const { name, parameters, accuracy } = random.pick(exactRecords)
  const options: Options = Object.fromEntries(
    Object.entries(parameters).map(([key, parameter]) => [key, valueAtRandom(random, parameter)]),
  )
  const activation = activationOf({ activation: name, parameters: options })
  return { activation, ...exactResults(name, options), isRounded: accuracy === 'rounded' }
}

function valueAtRandom(random: Random, parameter: Parameter): unknown {
  if (parameter.kind === 'word') return random.pick(parameter.words)
  if (parameter.kind !== 'number') return parameter.initial
  const [least, most] = parameter.ordinary
  return least + random.next() * (most - least)
}

/** Those whose results are known as numbers. Each is judged once for all calls, so that its parameters are few. */
export { numeric }

const unclamped = allGlus.filter(({ clamps }) => clamps === undefined)
export const pairs: readonly Pair[] = unclamped.map(({ name, of }) => ({
  activation: madeFor({ activation: name, parameters: {} }) as GluActivation,
  formula: formulaOf(name),
  gated: of.zeroWhereShut,
}))
