import type { Activation } from '../../src/activations/support/activation.ts'
import { activationOf } from '../support/vectors.ts'
import { type ExactResults, exactResults } from './exact.ts'
import { allActivations, formulaOf, recordOf } from './lookup.ts'
import type { ActivationRecord, Formula, Options } from './record.ts'

// The activations that tests on each processor compute, with the parameters that the catalogue has for them.

/** An activation with its formula. */
export interface Sample {
  /** The call that makes it, for the name of a test. */
  readonly call: string
  readonly activation: Activation
  readonly formula: Formula
  readonly record: ActivationRecord
  /** As the contract of the tests takes it. */
  readonly named: {
    readonly activation: string
    readonly parameters: Activation['parameters']
    readonly gated: boolean
  }
}

/** One whose results are rounded once at most. */
export type ExactSample = Sample & ExactResults

/** An activation of the catalogue with these parameters. */
export function sampleOf(name: string, options: Options): Sample {
  const record = recordOf(name)
  const activation = activationOf({ activation: name, parameters: options })
  const named = { activation: name, parameters: activation.parameters, gated: record.zeroWhereShut }
  return { call: String(activation), activation, formula: formulaOf(name, options), record, named }
}

export const samples: readonly Sample[] = allActivations.flatMap(record =>
  record.samples.map(options => sampleOf(record.name, options)),
)

/** The samples without slopes for each channel, which need whole periods of elements. */
export const samplesOfAnyLength: readonly Sample[] = samples.filter(
  ({ activation }) => activation.channels === undefined,
)

export const exactSamples: readonly ExactSample[] = samples
  .filter(({ record }) => record.accuracy !== 'bounded')
  .map(sample => ({ ...sample, ...exactResults(sample.record.name, sample.activation.parameters) }))

export const boundedSamples: readonly Sample[] = samples.filter(({ record }) => record.accuracy === 'bounded')
