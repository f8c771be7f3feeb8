import { activations, gatedUnits } from './catalogue.ts'
import type { ActivationRecord, Clamps, Formula, GluRecord, Options, Parameter } from './record.ts'

export const allActivations: readonly ActivationRecord[] = Object.values(activations)
export const allGlus: readonly GluRecord[] = Object.values(gatedUnits)

/** Every name of a parameter. */
export const parameterNames: readonly string[] = [
  ...new Set(allActivations.flatMap(({ parameters }) => Object.keys(parameters))),
]

/** The record of an activation or, of a gated linear unit, that of its f. @throws Error where there is none */
export function recordOf(name: string): ActivationRecord {
  const found = allActivations.find(record => record.name === name) ?? gluOf(name)?.of
  if (found === undefined) throw new Error(`${name} has no record in test/activations/catalogue.ts: add one.`)
  return found
}

function gluOf(name: string): GluRecord | undefined {
  return allGlus.find(record => record.name === name)
}

/** The formula of an activation, or of the f of a gated linear unit, for the parameters that a maker is given. */
export function formulaOf(name: string, options: Options = {}): Formula {
  const record = recordOf(name)
  return record.formula(valuesOf(record, options))
}

/** True if an option may not be left out. */
export function isRequired(parameter: Parameter): boolean {
  return parameter.kind === 'number' && parameter.initial === undefined && parameter.optional !== true
}

const NO_CLAMPS: Clamps = {
  gate: gate => gate,
  factor: up => up,
  passesGate: () => true,
  passesUp: () => true,
}

/** The clamps of a gated linear unit; of another one such as change nothing. */
export function clampsOf(name: string, options: Options = {}): Clamps {
  const record = gluOf(name)
  return record?.clamps?.(valuesOf(record.of, options)) ?? NO_CLAMPS
}

/** Parameters as a formula takes them: numbers rounded to float32, defaults filled in. */
export function valuesOf({ parameters }: ActivationRecord, options: Options): Options {
  const given = Object.entries(parameters).filter(
    ([name, parameter]) => options[name] !== undefined || !('optional' in parameter),
  )
  return Object.fromEntries(given.map(([name, parameter]) => [name, valueOf(parameter, options[name])]))
}

function valueOf(parameter: Parameter, given: unknown): unknown {
  switch (parameter.kind) {
    case 'word':
      return given ?? parameter.words[0]
    case 'slopes': {
      const slopes = given ?? parameter.initial
      return typeof slopes === 'number' ? Float32Array.of(slopes) : Float32Array.from(slopes as readonly number[])
    }
    case 'count':
      return given ?? parameter.initial
    case 'number':
      return Math.fround((given as number | undefined) ?? parameter.initial!)
  }
}
