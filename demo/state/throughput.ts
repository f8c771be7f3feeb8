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
import type { NumberRule } from './parameters.ts'
import { PEER_NAMES, type PeerName } from './peers.ts'
import type { Query } from './query.ts'

/** The choices of the room Throughput. */
export interface ThroughputState {
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
  /** The threads of this library and of others on the CPU. More than one needs a cross-origin isolated page. */
  readonly threads: number
  /** Starts a run as soon as the input is available. */
  readonly run: boolean
}

export const THROUGHPUT_DEFAULTS: ThroughputState = {
  input: 'normal',
  seed: 1,
  sizes: [2 ** 10, 2 ** 16, 2 ** 20, 2 ** 22, 2 ** 24],
  activations: COMMON_ACTIVATIONS,
  directions: DIRECTIONS,
  processors: PROCESSORS,
  peers: [],
  runs: FEWEST_RUNS,
  threads: 1,
  run: false,
}

export function readThroughput(query: Query): {
  readonly [Name in keyof ThroughputState]: ThroughputState[Name] | undefined
} {
  return {
    input: query.word('input', INPUTS),
    seed: query.number('seed', NUMBERS.seed),
    sizes: query.list('sizes', readSize, SIZE_RULE)?.toSorted((a, b) => a - b),
    activations: query.words('activations', ACTIVATION_NAMES),
    directions: query.words('directions', DIRECTIONS),
    processors: query.words('processors', PROCESSORS),
    peers: query.words('peers', PEER_NAMES),
    runs: query.number('runs', NUMBERS.runs),
    threads: query.number('threads', NUMBERS.threads),
    run: query.flag('run'),
  }
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

/** The ranges of the numbers of a measurement. */
export const NUMBERS = {
  seed: {
    valid: value => Number.isInteger(value) && value >= 0 && value < 2 ** 32,
    rule: 'a whole number from 0 to 4294967295 is needed',
  },
  runs: {
    valid: value => Number.isInteger(value) && value >= FEWEST_RUNS && value <= MOST_RUNS,
    rule: `a whole number from ${FEWEST_RUNS} to ${MOST_RUNS} is needed`,
  },
  threads: {
    valid: value => Number.isInteger(value) && value >= 1 && value <= 16,
    rule: 'a whole number from 1 to 16 is needed',
  },
} as const satisfies Readonly<Record<string, NumberRule>>
