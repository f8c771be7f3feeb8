import type { NumberParameter, Parameter, Parameters } from './activation-choice.ts'
import { ACTIVATIONS } from './choices.ts'

/** The range of a number, also in words. */
export interface NumberRule {
  readonly valid: (value: number) => boolean
  readonly rule: string
}

/** The parameters of activations, by the activation's name. */
export type AllParameters = Readonly<Record<string, Parameters>>

/** All parameters of all activations. The key `leakyRelu.alpha` stands for one of them, `alpha` for all of that name. */
const EVERY = ACTIVATIONS.flatMap(({ name: activation, parameters = {} }) =>
  Object.entries(parameters).map(([name, parameter]) => ({
    activation,
    name,
    parameter,
    key: `${activation}.${name}`,
  })),
)

const PARAMETER_NAMES: readonly string[] = [...new Set(EVERY.map(({ name }) => name))]
export const PARAMETER_KEYS: readonly string[] = [...PARAMETER_NAMES, ...EVERY.map(({ key }) => key)]

export const INITIAL_PARAMETERS: AllParameters = collect(({ parameter }) => initialOf(parameter))

/**
 * Reads parameters: `elu.alpha` is for elu, `alpha` for each chosen activation that has one.
 *
 * @param given returns the text of a key, if present
 * @param wrong receives each text that cannot be used
 */
export function readParameters(
  given: (key: string) => string | undefined,
  chosen: readonly string[],
  wrong: (key: string, text: string, rule: string) => void,
): AllParameters {
  return collect(({ activation, name, parameter, key: own }) => {
    const key = given(own) === undefined && chosen.includes(activation) ? name : own
    const text = given(key)
    if (text === undefined) return initialOf(parameter)
    const value = readValue(parameter, text)
    if (value === undefined) wrong(key, text, ruleOf(parameter))
    return value ?? initialOf(parameter)
  })
}

/** The parameters that differ from their initial values, each with its key. */
export function changedParameters(all: AllParameters): { activation: string; key: string; value: number | string }[] {
  return EVERY.map(({ activation, name, parameter, key }) => {
    const value = all[activation]![name]!
    return { activation, key, value, changed: value !== initialOf(parameter) }
  }).filter(({ changed }) => changed)
}

/** Describes each parameter name: its values, and the activations that have it. */
export function describeParameters(): { name: string; values: string; owners: string }[] {
  return PARAMETER_NAMES.map(name => {
    const all = EVERY.filter(one => one.name === name)
    const [{ parameter }] = all as [(typeof EVERY)[number]]
    const values = 'words' in parameter ? parameter.words.join('|') : 'NUMBER'
    const owners = all.map(one => `${one.activation} ${initialOf(one.parameter)}`).join(', ')
    return { name, values, owners }
  })
}

/** The range of a parameter. */
export function numberRule({ limits: [least, most] = [-3.4e38, 3.4e38] }: NumberParameter): NumberRule {
  const written = (limit: number): string => String(limit).replace('+', '')
  return {
    valid: value => value >= least && value <= most,
    rule: `a number from ${written(least)} to ${written(most)} is needed`,
  }
}

function collect(valueOf: (one: (typeof EVERY)[number]) => number | string): AllParameters {
  const all: Record<string, Record<string, number | string>> = {}
  for (const one of EVERY) (all[one.activation] ??= {})[one.name] = valueOf(one)
  return all
}

function initialOf(parameter: Parameter): number | string {
  return 'words' in parameter ? parameter.words[0] : parameter.initial
}

function readValue(parameter: Parameter, text: string): number | string | undefined {
  if ('words' in parameter) return parameter.words.find(word => word === text)
  const value = text.trim() === '' ? NaN : Number(text)
  return numberRule(parameter).valid(value) ? value : undefined
}

function ruleOf(parameter: Parameter): string {
  return 'words' in parameter ? `there is ${parameter.words.join(', ')}` : numberRule(parameter).rule
}
