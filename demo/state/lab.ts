import type { Parameters } from './activation-choice.ts'
import { ACTIVATIONS } from './choices.ts'
import { numberRule, type NumberRule } from './parameters.ts'
import { differences, type Query } from './query.ts'

/** The stories that an address can ask for. `free` is free play. */
export const STORY_IDS = [
  'dying',
  'revive',
  'vanishing',
  'exploding',
  'sparse',
  'centre',
  'faster',
  'small-changes',
  'overfitting',
  'cheap',
  'tensorflow',
  'free',
] as const

/** The data that need no file. */
export const DATA_NAMES = ['circles', 'spirals', 'xor', 'digits'] as const
const WEIGHTS = ['suited', 'he', 'xavier', 'small'] as const
const OPTIMISERS = ['sgd', 'adam'] as const
const BIASED_LAYERS = ['all', 'first'] as const
const LAB_PROCESSORS = ['auto', 'webgpu', 'cpu'] as const
export const MOST_ACTIVATIONS = 3

/** The parameters of a training run, as the controls have them. */
export interface LabValues {
  readonly data: (typeof DATA_NAMES)[number]
  /** The number of training examples. */
  readonly rows: number
  /** One to three, each as `writeActivation` writes it. */
  readonly activations: readonly string[]
  readonly width: number
  readonly depth: number
  readonly weights: (typeof WEIGHTS)[number]
  readonly gain: number
  readonly bias: number
  /** The layers that have the bias. */
  readonly biased: (typeof BIASED_LAYERS)[number]
  readonly optimiser: (typeof OPTIMISERS)[number]
  readonly rate: number
  readonly momentum: number
  /** 1 with batch normalisation. */
  readonly bn: number
  readonly dropout: number
  /** The largest norm of all gradients; 0: they are not clipped. */
  readonly clip: number
  readonly batch: number
  readonly steps: number
  /** Steps with relu before each network gets its own activation. */
  readonly first: number
  /** The loss at which training ends; 0: it goes through all steps. */
  readonly stop: number
  /** The deviation of the noise on inputs; 0: none. */
  readonly noise: number
  readonly seed: number
}

/** The choices of the room Lab: a story, and what differs from its preset. */
export interface LabState extends Partial<{ readonly [Name in keyof LabValues]: LabValues[Name] | undefined }> {
  readonly story: (typeof STORY_IDS)[number]
  /** The processor of the activations. */
  readonly processor: (typeof LAB_PROCESSORS)[number]
  /** The number of seeds of a verdict. */
  readonly seeds: number
  /** Starts training at once. */
  readonly run: boolean
}

/** The values that follow the preset of the story. */
export const UNCHANGED = {
  data: undefined,
  rows: undefined,
  activations: undefined,
  width: undefined,
  depth: undefined,
  weights: undefined,
  gain: undefined,
  bias: undefined,
  biased: undefined,
  optimiser: undefined,
  rate: undefined,
  momentum: undefined,
  bn: undefined,
  dropout: undefined,
  clip: undefined,
  batch: undefined,
  steps: undefined,
  first: undefined,
  stop: undefined,
  noise: undefined,
  seed: undefined,
} as const satisfies Record<keyof LabValues, undefined>

export const LAB_DEFAULTS: LabState = { story: 'dying', ...UNCHANGED, processor: 'auto', seeds: 20, run: false }

/** The numbers of the lab. The networks have the same limits: a test compares them. */
export const LAB_NUMBERS = {
  rows: wholeNumber(2, 20_000),
  width: wholeNumber(1, 64),
  depth: wholeNumber(1, 10),
  gain: anyNumber(0, 100),
  bias: anyNumber(-100, 100),
  rate: anyNumber(0, 100),
  momentum: anyNumber(0, 0.999),
  bn: wholeNumber(0, 1),
  dropout: anyNumber(0, 0.95),
  clip: anyNumber(0, 1e6),
  batch: wholeNumber(1, 20_000),
  steps: wholeNumber(1, 100_000),
  first: wholeNumber(0, 100_000),
  stop: anyNumber(0, 100),
  noise: anyNumber(0, 100),
  seed: wholeNumber(0, 2 ** 28),
  seeds: wholeNumber(1, 100),
} as const satisfies Readonly<Record<string, NumberRule>>

export function readLab(query: Query): { readonly [Name in keyof LabState]-?: LabState[Name] | undefined } {
  const number = (name: keyof typeof LAB_NUMBERS): number | undefined => query.number(name, LAB_NUMBERS[name])
  return {
    story: query.word('story', STORY_IDS),
    data: query.word('data', DATA_NAMES),
    rows: number('rows'),
    activations: readActivations(query),
    width: number('width'),
    depth: number('depth'),
    weights: query.word('weights', WEIGHTS),
    gain: number('gain'),
    bias: number('bias'),
    biased: query.word('biased', BIASED_LAYERS),
    optimiser: query.word('optimiser', OPTIMISERS),
    rate: number('rate'),
    momentum: number('momentum'),
    bn: number('bn'),
    dropout: number('dropout'),
    clip: number('clip'),
    batch: number('batch'),
    steps: number('steps'),
    first: number('first'),
    stop: number('stop'),
    noise: number('noise'),
    seed: number('seed'),
    processor: query.word('processor', LAB_PROCESSORS),
    seeds: number('seeds'),
    run: query.flag('run'),
  }
}

/** An activation of the lab: its name, all its parameters, and its own learning rate if it has one. */
export interface LabActivation {
  readonly name: string
  readonly parameters?: Parameters
  readonly rate?: number
}

/** The activations of one tensor: a layer of the lab has no gate. */
export const LAB_CHOICES = ACTIVATIONS.filter(({ gated }) => gated !== true)

/** Reads `leakyRelu;alpha:0.1;rate:0.03`; undefined where that is no activation of the lab. */
export function readActivation(word: string): LabActivation | undefined {
  const [name, ...options] = word.split(';')
  const choice = LAB_CHOICES.find(one => one.name === name)
  if (choice === undefined) return undefined
  const parameters: Record<string, number | string> = {}
  for (const [key, parameter] of Object.entries(choice.parameters ?? {})) {
    parameters[key] = 'words' in parameter ? parameter.words[0] : parameter.initial
  }
  let rate: number | undefined
  for (const option of options) {
    const [key = '', text = ''] = option.split(':')
    const parameter = choice.parameters?.[key]
    const value = text === '' ? NaN : Number(text)
    if (key === 'rate' && LAB_NUMBERS.rate.valid(value)) rate = value
    else if (parameter === undefined) return undefined
    else if ('words' in parameter && parameter.words.includes(text)) parameters[key] = text
    else if (!('words' in parameter) && numberRule(parameter).valid(value)) parameters[key] = value
    else return undefined
  }
  return {
    name: choice.name,
    ...(Object.keys(parameters).length > 0 && { parameters }),
    ...(rate !== undefined && { rate }),
  }
}

/** Writes what differs from the initial parameters: `leakyRelu;alpha:0.1`. */
export function writeActivation({ name, parameters = {}, rate }: LabActivation): string {
  const initial = readActivation(name)?.parameters ?? {}
  const changed = differences(parameters, initial).map(text => `;${text.replace('=', ':')}`)
  return `${name}${changed.join('')}${rate === undefined ? '' : `;rate:${rate}`}`
}

function readActivations(query: Query): readonly string[] | undefined {
  const rule = `there is ${LAB_CHOICES.map(({ name }) => name).join(', ')}, as in leakyRelu;alpha:0.1;rate:0.03`
  const read = (word: string): string | undefined => {
    const activation = readActivation(word)
    return activation && writeActivation(activation)
  }
  const words = query.list('activations', read, rule)
  if (words === undefined || words.length === 0) return undefined
  if (words.length > MOST_ACTIVATIONS) {
    query.refuse('activations', words.slice(MOST_ACTIVATIONS).join(','), `the lab compares up to ${MOST_ACTIVATIONS}`)
  }
  return words.slice(0, MOST_ACTIVATIONS)
}

function wholeNumber(least: number, most: number): NumberRule {
  return {
    valid: value => Number.isInteger(value) && value >= least && value <= most,
    rule: `a whole number from ${least} to ${most} is needed`,
  }
}

function anyNumber(least: number, most: number): NumberRule {
  return {
    valid: value => value >= least && value <= most,
    rule: `a number from ${least} to ${most} is needed`,
  }
}
