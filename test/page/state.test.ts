import { expect, test } from 'vitest'
import { DEFAULTS, readState, type State, writeState } from '../../demo/state/state.ts'
import { readSize } from '../../demo/state/throughput.ts'

test('an empty address is the defaults', () => {
  expect(readState('')).toEqual({ state: DEFAULTS, notes: [] })
})

test('what is written is read again', () => {
  const state: State = {
    ...DEFAULTS,
    room: 'throughput',
    parameters: {
      ...DEFAULTS.parameters,
      leakyRelu: { alpha: 1e21 },
      gelu: { approximate: 'tanh' },
      hardTanh: { minValue: -2.5, maxValue: 1 },
    },
    input: 'npy',
    seed: 7,
    sizes: [1000, 2 ** 20],
    activations: ['leakyRelu'],
    directions: ['backward'],
    processors: [],
    peers: ['jax-js', 'ort-wasm'],
    runs: 11,
    run: true,
  }
  expect(readState(writeState(state))).toEqual({ state, notes: [] })
  const drawn: State = { ...DEFAULTS, parameters: state.parameters, plot: 'celu', mean: -1.5, x: 3.25 }
  expect(readState(writeState(drawn))).toEqual({ state: drawn, notes: [] })
  const lab: State = { ...DEFAULTS, room: 'lab', lab: { ...DEFAULTS.lab, story: 'revive' } }
  expect(readState(writeState(lab))).toEqual({ state: lab, notes: [] })
})

test('an address has what differs from the defaults of its room, and nothing of the others is lost', () => {
  const changed: State = {
    ...DEFAULTS,
    plot: 'elu',
    sizes: [64],
    parameters: { ...DEFAULTS.parameters, elu: { alpha: 2 } },
  }
  const addresses = (['shapes', 'lab', 'throughput'] as const).map(room => writeState({ ...changed, room }))
  expect(addresses).toEqual(['?room=shapes&plot=elu&elu.alpha=2', '?room=lab', '?room=throughput&sizes=64&elu.alpha=2'])
  for (const address of addresses)
    expect(readState(address, changed).state).toEqual({ ...changed, room: expect.any(String) })
  expect(readState('?room=shapes', changed).state).toEqual({ ...DEFAULTS, sizes: [64] })
})

test('before there were rooms, addresses had the choices of a measurement; of a drawing alone, or of no known room, Shapes', () => {
  const roomOf = (query: string) => readState(query).state.room
  expect(['?sizes=64', '?run=1', '?plot=elu&activations=elu', '?processors='].map(roomOf)).toEqual(
    Array.from({ length: 4 }, () => 'throughput'),
  )
  expect(['', '?plot=elu', '?alpha=2', '?room=attic'].map(roomOf)).toEqual(Array.from({ length: 4 }, () => 'shapes'))
  expect(readState('?room=attic&plot=elu')).toEqual({
    state: { ...DEFAULTS, plot: 'elu' },
    notes: ['The address has room=attic: there is shapes, lab, throughput.'],
  })
  expect(readState('?plot=elu&mean=2&sizes=64').state).toMatchObject({ plot: 'elu', mean: 2, sizes: [64] })
})

test('what is wrong is left out, with a note for each', () => {
  const query =
    '?input=film&sizes=1Ki,0,2^27&activations=relu,relu7&leakyRelu.alpha=x&runs=3&seed=-1&size=4&processors=tpu&peers=numpy' +
    '&plot=sine&relu.alpha=1&gelu.approximate=exact&mean=11&parameters=1'
  const { state, notes } = readState(query)
  expect(state).toEqual({ ...DEFAULTS, room: 'throughput', sizes: [1024], activations: ['relu'] })
  const words = ['input=film', 'sizes=0', 'sizes=2^27', 'activations=relu7', 'leakyRelu.alpha=x', 'runs=3', 'seed=-1']
  for (const word of [...words, 'plot=sine', 'peers=numpy', 'gelu.approximate=exact', 'mean=11']) {
    expect(notes.filter(note => note.startsWith(`The address has ${word}: `))).toHaveLength(1)
  }
  for (const name of ['size', 'relu.alpha', 'parameters']) {
    expect(notes).toContain(`The address has ${name}, which means nothing here.`)
  }
  expect(notes).toHaveLength(15)
})

test('a parameter is that of one activation, or of all that are chosen and have one of that name', () => {
  const parametersOf = (query: string) => readState(query).state.parameters
  expect(parametersOf('?elu.alpha=0.5')).toEqual({ ...DEFAULTS.parameters, elu: { alpha: 0.5 } })
  expect(parametersOf('?activations=leakyRelu&alpha=-2')).toEqual({
    ...DEFAULTS.parameters,
    leakyRelu: { alpha: -2 },
  })
  expect(parametersOf('?activations=relu,celu&plot=elu&alpha=0.5&celu.alpha=3')).toEqual({
    ...DEFAULTS.parameters,
    elu: { alpha: 0.5 },
    celu: { alpha: 3 },
  })
  const { state, notes } = readState('?activations=leakyRelu,celu&alpha=-2')
  expect(state.parameters).toEqual({ ...DEFAULTS.parameters, leakyRelu: { alpha: -2 } })
  expect(notes).toEqual(['The address has alpha=-2: a number from 1e-30 to 1e30 is needed.'])
})

test('sizes', () => {
  expect(['1', '1000', '64Ki', '16mi', '2^26', ' 8 '].map(readSize)).toEqual([1, 1000, 65536, 2 ** 24, 2 ** 26, 8])
  for (const wrong of ['', '0', '-1', '1.5', '1e3', '65Mi', '2^27', '0x10', '1Gi', 'NaN']) {
    expect(readSize(wrong)).toBeUndefined()
  }
})
