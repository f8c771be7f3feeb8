import type { Direction } from '../../src/index.ts'
import {
  ACTIVATION_NAMES,
  COMMON_ACTIVATIONS,
  DIRECTIONS,
  FEWEST_RUNS,
  type InputKind,
  INPUTS,
  LARGEST_SIZE,
  MOST_RUNS,
  type Processor,
  PROCESSORS,
} from './choices.ts'
import {
  type AllParameters,
  changedParameters,
  INITIAL_PARAMETERS,
  type NumberRule,
  PARAMETER_KEYS,
  readParameters,
} from './parameters.ts'
import { PEER_NAMES, type PeerName } from './peers.ts'

/** The user's choices. The address holds all of them. */
export interface State {
  /** The activation that is drawn. */
  readonly plot: string
  /** The mean of the normal distribution in the plot. */
  readonly mean: number
  readonly parameters: AllParameters
  readonly input: InputKind
  readonly seed: number
  readonly sizes: readonly number[]
  /** The activations that are measured. */
  readonly activations: readonly string[]
  readonly directions: readonly Direction[]
  readonly processors: readonly Processor[]
  /** The libraries that are measured beside ours. */
  readonly peers: readonly PeerName[]
  readonly runs: number
  /** Starts a run as soon as the input is available. */
  readonly run: boolean
}

export const DEFAULTS: State = {
  plot: 'relu',
  mean: 0,
  parameters: INITIAL_PARAMETERS,
  input: 'normal',
  seed: 1,
  sizes: [2 ** 10, 2 ** 16, 2 ** 20, 2 ** 22, 2 ** 24],
  activations: COMMON_ACTIVATIONS,
  directions: DIRECTIONS,
  processors: PROCESSORS,
  peers: [],
  runs: FEWEST_RUNS,
  run: false,
}

const KEYS = [...Object.keys(DEFAULTS).filter(key => key !== 'parameters'), ...PARAMETER_KEYS]

/** Reads the state of a query string. Invalid parts are ignored, with a note for each. */
export function readState(query: string): { state: State; notes: string[] } {
  const notes: string[] = []
  const given = new URLSearchParams(query)
  for (const name of given.keys()) {
    if (!KEYS.includes(name)) notes.push(`The address has ${name}, which means nothing here.`)
  }

  const list = <Value>(
    name: keyof State,
    read: (word: string) => Value | undefined,
    expected: string,
  ): Value[] | undefined => {
    const text = given.get(name)
    if (text === null) return undefined
    const words = text.split(',').filter(word => word.trim() !== '')
    const values = words.map(read)
    words.forEach((word, i) => {
      if (values[i] === undefined) notes.push(`The address has ${name}=${word}: ${expected}.`)
    })
    const valid = values.filter(value => value !== undefined)
    return valid.length === 0 && words.length > 0 ? undefined : [...new Set(valid)]
  }
  const oneOf = <Value extends string>(choices: readonly Value[]) => {
    return (word: string): Value | undefined => choices.find(choice => choice === word)
  }
  const names = (choices: readonly string[]): string => `there is ${choices.join(', ')}`
  const number = (name: NumberName): number | undefined => {
    const text = given.get(name)
    if (text === null) return undefined
    const value = text.trim() === '' ? NaN : Number(text)
    if (NUMBERS[name].valid(value)) return value
    notes.push(`The address has ${name}=${text}: ${NUMBERS[name].rule}.`)
    return undefined
  }

  const chosen = {
    plot: list('plot', oneOf(ACTIVATION_NAMES), names(ACTIVATION_NAMES))?.[0],
    mean: number('mean'),
    input: list('input', oneOf(INPUTS), names(INPUTS))?.[0],
    seed: number('seed'),
    sizes: list('sizes', readSize, SIZE_RULE)?.toSorted((a, b) => a - b),
    activations: list('activations', oneOf(ACTIVATION_NAMES), names(ACTIVATION_NAMES)),
    directions: list('directions', oneOf(DIRECTIONS), names(DIRECTIONS)),
    processors: list('processors', oneOf(PROCESSORS), names(PROCESSORS)),
    peers: list('peers', oneOf(PEER_NAMES), names(PEER_NAMES)),
    runs: number('runs'),
    run: given.get('run') === null ? undefined : given.get('run') === '1',
  }
  const known = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined))
  const state: State = { ...DEFAULTS, ...known }
  const parameters = readParameters(
    key => given.get(key) ?? undefined,
    [state.plot, ...state.activations],
    (key, text, rule) => notes.push(`The address has ${key}=${text}: ${rule}.`),
  )
  return { state: { ...state, parameters }, notes: [...new Set(notes)] }
}

/** Writes the query string of a state. */
export function writeState(state: State): string {
  const { plot, mean, parameters, input, seed, sizes, activations, directions, processors, peers, runs, run } = state
  const parts = [
    `plot=${plot}`,
    ...(mean === DEFAULTS.mean ? [] : [`mean=${mean}`]),
    // A plus sign in a query string is a space.
    ...changedParameters(parameters).map(({ key, value }) => `${key}=${String(value).replace('+', '')}`),
    `input=${input}`,
    `seed=${seed}`,
    `sizes=${sizes.join()}`,
    `activations=${activations.join()}`,
    `directions=${directions.join()}`,
    `processors=${processors.join()}`,
    ...(peers.length === 0 ? [] : [`peers=${peers.join()}`]),
    `runs=${runs}`,
  ]
  if (run) parts.push('run=1')
  return `?${parts.join('&')}`
}

export const SIZE_RULE = `a size is a whole number from 1 to ${LARGEST_SIZE}, such as 1000, 64Ki, 16Mi or 2^20`

/** Reads `1000`, `64Ki`, `16Mi` or `2^20`. */
export function readSize(text: string): number | undefined {
  const match = /^(?:2\^(\d{1,2})|(\d+)\s*(Ki|Mi)?)$/i.exec(text.trim())
  if (match === null) return undefined
  const [, exponent, digits, unit] = match
  const factor = unit === undefined ? 1 : unit.toLowerCase() === 'ki' ? 2 ** 10 : 2 ** 20
  const size = exponent === undefined ? Number(digits) * factor : 2 ** Number(exponent)
  return size >= 1 && size <= LARGEST_SIZE ? size : undefined
}

/** The ranges of the numbers of a state, without those of parameters. */
export const NUMBERS: Readonly<Record<NumberName, NumberRule>> = {
  mean: {
    valid: value => value >= -10 && value <= 10,
    rule: 'a number from -10 to 10 is needed',
  },
  seed: {
    valid: value => Number.isInteger(value) && value >= 0 && value < 2 ** 32,
    rule: 'a whole number from 0 to 4294967295 is needed',
  },
  runs: {
    valid: value => Number.isInteger(value) && value >= FEWEST_RUNS && value <= MOST_RUNS,
    rule: `a whole number from ${FEWEST_RUNS} to ${MOST_RUNS} is needed`,
  },
}

export type NumberName = 'mean' | 'seed' | 'runs'
