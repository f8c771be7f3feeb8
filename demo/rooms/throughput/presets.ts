import { ACTIVATION_NAMES, DIRECTIONS, PROCESSORS } from '../../state/choices.ts'
import { THROUGHPUT_DEFAULTS, type ThroughputState } from '../../state/throughput.ts'

/** The choices of a preset: all but the input, which stays. */
type Choices = Pick<ThroughputState, 'sizes' | 'activations' | 'directions' | 'processors' | 'peers' | 'runs'>

interface Preset {
  readonly name: string
  readonly title: string
  readonly about: string
  readonly choices: Choices
}

const COMMON: Choices = {
  sizes: [2 ** 20],
  activations: ['relu'],
  directions: DIRECTIONS,
  processors: PROCESSORS,
  peers: [],
  runs: THROUGHPUT_DEFAULTS.runs,
}

export const PRESETS: readonly Preset[] = [
  { name: 'quick', title: 'Quick', about: 'relu at 1 Mi elements', choices: COMMON },
  {
    name: 'tensorflow',
    title: 'Compare with TensorFlow.js',
    about: 'relu, leakyRelu and gelu at 1 Mi elements, beside its WebGPU, WASM and CPU',
    choices: {
      ...COMMON,
      activations: ['relu', 'leakyRelu', 'gelu'],
      peers: ['tfjs-webgpu', 'tfjs-wasm', 'tfjs-cpu'],
    },
  },
  {
    name: 'everything',
    title: 'Everything',
    about: 'every activation, from 1 Ki to 16 Mi elements',
    choices: { ...COMMON, sizes: THROUGHPUT_DEFAULTS.sizes, activations: ACTIVATION_NAMES },
  },
]

/** True where a state has these choices. */
export function hasChoices(state: Choices, choices: Choices): boolean {
  const textOf = (value: Choices[keyof Choices]): string =>
    typeof value === 'number' ? String(value) : value.map(String).toSorted().join()
  return (Object.keys(COMMON) as (keyof Choices)[]).every(name => textOf(choices[name]) === textOf(state[name]))
}
