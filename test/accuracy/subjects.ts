import type { Subject } from '../../demo/peers/subject.ts'
import * as library from '../../src/index.ts'
import { Activation } from '../../src/activations/support/activation.ts'
import { type GluActivation, isGlu } from '../../src/activations/support/glu-activation.ts'
import { allActivations, isRequired } from '../activations/lookup.ts'
import { makerNames } from '../support/maker-names.ts'

export type { Subject }

const exported: Readonly<Record<string, unknown>> = library

/** Writes an activation for command lines and file names: `elu-alpha=0.5`. */
export function idOf({ name, parameters }: Subject): string {
  return [name, ...Object.entries(parameters).map(([key, value]) => `${key}=${value}`)].join('-')
}

/** Reads an id; a name alone means the default parameters. Whether there is such an activation, `make` knows. */
export function readId(id: string): Subject {
  const [name = '', ...pairs] = id.split(/-(?=[a-zA-Z]+=)/)
  const parameters: Record<string, number | string> = {}
  for (const pair of pairs) {
    const [key = '', value = ''] = pair.split('=')
    parameters[key] = value.trim() === '' || Number.isNaN(Number(value)) ? value : Number(value)
  }
  return { name, parameters: pairs.length === 0 ? neededBy(name) : parameters }
}

/** Parameters for an activation that has no defaults: those of its first vectors. */
function neededBy(name: string): Subject['parameters'] {
  const record = allActivations.find(one => one.name === name)
  const isNeeded = Object.values(record?.parameters ?? {}).some(isRequired)
  return isNeeded ? (record!.vectors[0] as Subject['parameters']) : {}
}

export function activationOf(subject: Subject): Activation {
  const made = make(subject)
  if (isGlu(made)) throw new Error(`${subject.name} is a gated pair, which has two inputs.`)
  return made
}

/** @throws InputError when it has no such parameters, Error when there is no such activation */
export function make({ name, parameters }: Subject): Activation | GluActivation {
  const given = Object.keys(parameters).length === 0 ? undefined : parameters
  const made: unknown = makerNames.includes(name) && (exported[name] as (options: unknown) => unknown)(given)
  if (!Activation.is(made) && !isGlu(made)) throw new Error(`there is no activation ${JSON.stringify(name)}.`)
  return made
}

/**
 * Every activation that the library exports: with its defaults, and with the parameters given here for it. A new one is
 * found by itself.
 */
export function allSubjects(more: readonly Subject[]): Subject[] {
  const subjects = new Map<string, Subject>()
  const add = (subject: Subject): void => {
    const key = String(make(subject))
    if (!subjects.has(key)) subjects.set(key, subject)
  }
  for (const name of makerNames) {
    add(readId(name))
    for (const subject of more) if (subject.name === name) add(subject)
  }
  return [...subjects.values()]
}

/** Every activation of one tensor that the library exports, with its defaults. */
export function allOfOneTensor(): Subject[] {
  return makerNames.map(readId).filter(subject => Activation.is(make(subject)))
}
