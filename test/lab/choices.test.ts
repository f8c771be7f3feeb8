import { expect, test } from 'vitest'
import { LAB_ACTIVATIONS } from '../../demo/lab/activations.ts'
import { RANGES } from '../../demo/lab/setup.ts'
import { STORIES } from '../../demo/lab/stories.ts'
import { COMPARISON } from '../../demo/rooms/lab/comparison/story.ts'
import { changesOf, counterState, presetOf, setupOf, valuesOf, withValue } from '../../demo/rooms/lab/preset.ts'
import {
  LAB_CHOICES,
  LAB_DEFAULTS,
  LAB_NUMBERS,
  type LabState,
  readActivation,
  STORY_IDS,
  writeActivation,
} from '../../demo/state/lab.ts'
import { DEFAULTS, readState, writeState } from '../../demo/state/state.ts'

const read = (query: string) => readState(`?room=lab&${query}`)
const write = (lab: LabState) => writeState({ ...DEFAULTS, room: 'lab', lab })
const stories = STORIES.map(story => ({ story, lab: { ...LAB_DEFAULTS, story: story.id } as LabState }))

test('the page offers the stories, activations and ranges of the networks', () => {
  expect(STORY_IDS).toEqual([...STORIES.map(({ id }) => id), COMPARISON.id, 'free'])
  expect(LAB_CHOICES.map(({ name }) => name)).toEqual(LAB_ACTIVATIONS)
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    const { valid } = LAB_NUMBERS[name as keyof typeof RANGES]
    expect([name, valid(least), valid(most), valid(least - 1), valid(most + 1)]).toEqual([
      name,
      true,
      true,
      false,
      false,
    ])
  }
})

test('a story without changes is its preset, and its address names the story alone', () => {
  for (const { story, lab } of stories) {
    const { activations, ...setup } = setupOf(lab, undefined)
    expect({ ...story.setup, ...setup }).toEqual({ ...setup, activations: story.setup.activations })
    expect(activations.map(writeActivation)).toEqual(story.setup.activations.map(writeActivation))
    expect(changesOf(lab)).toEqual([])
    expect(write(lab)).toBe(story.id === LAB_DEFAULTS.story ? '?room=lab' : `?room=lab&story=${story.id}`)
  }
})

test('the address of each counter-example opens its setup', () => {
  for (const { story, lab } of stories) {
    const address = write(counterState(story, story.counterExample, lab))
    const { state, notes } = readState(address)
    expect(notes).toEqual([])
    const { activations, ...setup } = setupOf(state.lab, undefined)
    const { activations: wanted, ...rest } = story.counterExample.setup
    expect(setup).toEqual(rest)
    expect(activations.map(writeActivation)).toEqual(wanted.map(writeActivation))
  }
})

test('an address has what differs from the preset, and is read again', () => {
  let lab: LabState = { ...LAB_DEFAULTS, story: 'revive' }
  lab = withValue(lab, 'width', 32)
  lab = withValue(lab, 'bn', 1)
  lab = withValue(lab, 'seed', 7)
  lab = withValue(lab, 'activations', ['relu', 'leakyRelu;alpha:0.1', 'gelu;approximate:tanh'])
  const address = write(lab)
  expect(address).toBe(
    '?room=lab&story=revive&activations=relu,leakyRelu;alpha:0.1,gelu;approximate:tanh&width=32&bn=1&seed=7',
  )
  expect(readState(address)).toMatchObject({ state: { lab }, notes: [] })
  expect(changesOf(lab)).toEqual([
    'activations relu, leakyRelu;alpha:0.1, gelu;approximate:tanh',
    'width 32',
    'batch norm',
    'seed 7',
  ])
  expect(setupOf(lab, undefined)).toMatchObject({
    width: 32,
    batchNorm: true,
    seed: 7,
    bias: { value: -5, layers: 'first' },
  })
  const back = withValue(withValue(withValue(lab, 'width', 16), 'bn', 0), 'seed', 1)
  expect(write(withValue(back, 'activations', valuesOf({ ...LAB_DEFAULTS, story: 'revive' }).activations))).toBe(
    '?room=lab&story=revive',
  )
})

test('a changed control takes the run out of the address', () => {
  expect(write({ ...LAB_DEFAULTS, run: true })).toBe('?room=lab&run=1')
  expect(write(withValue({ ...LAB_DEFAULTS, run: true }, 'depth', 3))).toBe('?room=lab&depth=3')
})

test('data of another kind have their own number of examples; one rate takes those of activations away', () => {
  const faster: LabState = { ...LAB_DEFAULTS, story: 'faster' }
  const digits = withValue(withValue(faster, 'rows', 100), 'data', 'digits')
  expect(setupOf(digits, undefined).data).toEqual({ name: 'digits', rows: 300 })
  expect(write(digits)).toBe('?room=lab&story=faster&data=digits')
  const slower = withValue(faster, 'rate', 0.01)
  expect(setupOf(slower, undefined)).toMatchObject({
    rate: 0.01,
    activations: [{ name: 'relu' }, { name: 'tanh' }, { name: 'sigmoid' }],
  })
  expect(setupOf(slower, undefined).activations.some(({ rate }) => rate !== undefined)).toBe(false)
})

test('own data take the place of any other', () => {
  const own = {
    name: 'own',
    title: 'mine.csv',
    features: 1,
    values: Float32Array.of(1, 2),
    labels: Uint8Array.of(0, 1),
    classes: ['a', 'b'],
  } as const
  expect(setupOf(LAB_DEFAULTS, own).data).toBe(own)
  expect(presetOf(LAB_DEFAULTS).data.name).toBe('digits')
})

test('what is wrong in an address is said, and the rest is used', () => {
  const { state, notes } = read(
    'story=attic&width=65&depth=3&activations=relu,glu,elu;alpha:oops&bn=2&rate=1e-3&data=own',
  )
  expect(notes.join(' ')).toMatch(
    /story=attic: there is dying, .*data=own: .*activations=glu: .*activations=elu;alpha:oops: .*width=65: a whole number from 1 to 64 is needed\..*bn=2: /,
  )
  expect(state.lab).toEqual({ ...LAB_DEFAULTS, depth: 3, activations: ['relu'], rate: 0.001 })
  expect(read('activations=relu,tanh,elu,silu')).toMatchObject({
    state: { lab: { activations: ['relu', 'tanh', 'elu'] } },
    notes: ['The address has activations=silu: the lab compares up to 3.'],
  })
})

test('an activation is written with what differs from its initial parameters', () => {
  expect(readActivation('leakyRelu')).toEqual({ name: 'leakyRelu', parameters: { alpha: 0.01 } })
  expect(readActivation('relu;rate:0.03')).toEqual({ name: 'relu', rate: 0.03 })
  for (const word of ['relu', 'elu;alpha:2;rate:0.5', 'leakyRelu;alpha:-1', 'hardTanh;minValue:-2;maxValue:3']) {
    expect(writeActivation(readActivation(word)!)).toBe(word)
  }
  for (const word of ['', 'glu', 'relu;alpha:1', 'elu;alpha', 'elu;alpha:', 'gelu;approximate:none2', 'relu;rate:-1']) {
    expect(readActivation(word)).toBeUndefined()
  }
})
