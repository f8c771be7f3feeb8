import { CIRCLES, RELU, SIGMOID, TANH } from '../../lab/presets.ts'
import type { DataChoice, OwnData, Setup } from '../../lab/training-setup.ts'
import type { CounterExample, Story } from '../../lab/story.ts'
import { STORIES } from '../../lab/stories.ts'
import {
  LAB_DEFAULTS,
  type LabState,
  type LabValues,
  readActivation,
  UNCHANGED,
  writeActivation,
} from '../../state/lab.ts'

const ROWS: Readonly<Record<LabValues['data'], number>> = { circles: 256, spirals: 256, xor: 256, digits: 300 }

const FREE_PLAY: Setup = { ...CIRCLES, activations: [RELU, TANH, SIGMOID] }

/** The story that is told; undefined for free play. */
export function storyOf({ story }: LabState): Story | undefined {
  return STORIES.find(({ id }) => id === story)
}

/** The setup of a story, unchanged. */
export function presetOf(lab: LabState): Setup {
  return storyOf(lab)?.setup ?? FREE_PLAY
}

/** The values of the controls: the preset with the user's changes. */
export function valuesOf(lab: LabState): LabValues {
  const preset = presetOf(lab)
  const initial = flatten(preset)
  const data = lab.data ?? initial.data
  const rows = data === initial.data ? initial.rows : ROWS[data]
  const changes = Object.entries(lab).filter(([name, value]) => name in UNCHANGED && value !== undefined)
  return { ...initial, rows, ...Object.fromEntries(changes) }
}

/** Makes the setup to train. @param own the user's data, if chosen */
export function setupOf(lab: LabState, own: OwnData | undefined): Setup {
  const preset = presetOf(lab)
  const values = valuesOf(lab)
  const { biased, first, stop, noise, bn, clip } = values
  const { layers: _, ...bias } = preset.bias
  return {
    data: own ?? dataOf(values, preset.data),
    activations: values.activations.map(word => readActivation(word)!),
    ...(first > 0 && { first: { activation: preset.first?.activation ?? RELU, steps: first } }),
    width: values.width,
    depth: values.depth,
    weights: values.weights,
    gain: values.gain,
    bias: { ...bias, value: values.bias, ...(biased === 'first' && { layers: 'first' }) },
    optimiser: values.optimiser,
    rate: values.rate,
    momentum: values.momentum,
    batchNorm: bn === 1,
    dropout: values.dropout,
    clip: clip === 0 ? null : clip,
    batch: values.batch,
    steps: values.steps,
    ...(stop > 0 && { stopAtLoss: stop }),
    ...(noise > 0 && { noise }),
    seed: values.seed,
  }
}

/** The state after a control changed: a value that is that of the preset is no change. */
export function withValue<Name extends keyof LabValues>(lab: LabState, name: Name, value: LabValues[Name]): LabState {
  // The number of examples belongs to the data, the learning rates of activations to the rate of all.
  const base: LabState = {
    ...lab,
    run: false,
    [name]: undefined,
    ...(name === 'data' && { rows: undefined }),
    ...(name === 'rate' && { activations: undefined }),
  }
  const others = name === 'rate' ? withoutRates(valuesOf(lab).activations, base) : base
  return String(valuesOf(others)[name]) === String(value) ? others : { ...others, [name]: value }
}

function withoutRates(words: readonly string[], lab: LabState): LabState {
  const plain = words.map(word => {
    const { rate: _, ...activation } = readActivation(word)!
    return writeActivation(activation)
  })
  return withValue(lab, 'activations', plain)
}

/** The state that shows a counter-example of a story. */
export function counterState(story: Story, { setup, story: id }: CounterExample, lab: LabState): LabState {
  const preset: LabState = { ...LAB_DEFAULTS, story: id ?? story.id, processor: lab.processor, seeds: lab.seeds }
  const wanted = flatten(setup)
  return (Object.keys(wanted) as (keyof LabValues)[]).reduce((state, name) => {
    const isSame = String(valuesOf(state)[name]) === String(wanted[name])
    return isSame ? state : { ...state, [name]: wanted[name] }
  }, preset)
}

/** Lists the differences from the preset in words: `width 32`. */
export function changesOf(lab: LabState): readonly string[] {
  const values = valuesOf(lab)
  return (Object.keys(UNCHANGED) as (keyof LabValues)[])
    .filter(name => lab[name] !== undefined)
    .map(name => {
      if (name === 'bn') return values.bn === 1 ? 'batch norm' : 'no batch norm'
      return `${NAMES[name] ?? name} ${[values[name]].flat().join(', ')}`
    })
}

const NAMES: Partial<Record<keyof LabValues, string>> = {
  rows: 'examples',
  biased: 'bias in layers:',
  first: 'steps with relu first',
  stop: 'ends at loss',
}

function dataOf({ data, rows }: LabValues, preset: DataChoice): DataChoice {
  return preset.name === data ? { ...preset, rows } : { name: data, rows }
}

function flatten(setup: Setup): LabValues {
  const { data } = setup
  if (data.name === 'own') throw new TypeError('A preset has data that need no file.')
  return {
    data: data.name,
    rows: data.rows,
    activations: setup.activations.map(writeActivation),
    width: setup.width,
    depth: setup.depth,
    weights: setup.weights,
    gain: setup.gain,
    bias: setup.bias.value,
    biased: setup.bias.layers ?? 'all',
    optimiser: setup.optimiser,
    rate: setup.rate,
    momentum: setup.momentum,
    bn: setup.batchNorm ? 1 : 0,
    dropout: setup.dropout,
    clip: setup.clip ?? 0,
    batch: setup.batch,
    steps: setup.steps,
    first: setup.first?.steps ?? 0,
    stop: setup.stopAtLoss ?? 0,
    noise: setup.noise ?? 0,
    seed: setup.seed,
  }
}

/** The preset of the story of a state, on the same processor and with as many seeds. */
export function presetState({ story, processor, seeds }: LabState): LabState {
  return { ...LAB_DEFAULTS, story, processor, seeds }
}
