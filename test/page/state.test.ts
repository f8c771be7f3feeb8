import { expect, test } from 'vitest'
import { DEFAULTS, readSize, readState, type State, writeState } from '../../demo/state.ts'

test('an empty address is the defaults', () => {
  expect(readState('')).toEqual({ state: DEFAULTS, notes: [] })
})

test('what is written is read again', () => {
  const state: State = {
    input: 'npy',
    seed: 7,
    sizes: [1000, 2 ** 20],
    activations: ['leakyRelu'],
    alpha: 1e21,
    directions: ['backward'],
    processors: [],
    runs: 11,
    run: true,
  }
  expect(readState(writeState(state))).toEqual({ state, notes: [] })
  expect(writeState(DEFAULTS)).toBe(
    '?input=normal&seed=1&sizes=1024,65536,1048576,4194304,16777216&activations=relu,leakyRelu&alpha=0.01' +
      '&directions=forward,backward&processors=webgpu,cpu&runs=9',
  )
})

test('what is wrong is left out, with a note for each', () => {
  const query = '?input=film&sizes=1Ki,0,2^27&activations=relu,selu&alpha=x&runs=3&seed=-1&size=4&processors=tpu'
  const { state, notes } = readState(query)
  expect(state).toEqual({ ...DEFAULTS, sizes: [1024], activations: ['relu'] })
  for (const word of ['input=film', 'sizes=0', 'sizes=2^27', 'activations=selu', 'alpha=x', 'runs=3', 'seed=-1']) {
    expect(notes.filter(note => note.includes(`The address has ${word}:`))).toHaveLength(1)
  }
  expect(notes).toContain('The address has size, which means nothing here.')
  expect(notes).toHaveLength(9)
})

test('sizes', () => {
  expect(['1', '1000', '64Ki', '16mi', '2^26', ' 8 '].map(readSize)).toEqual([1, 1000, 65536, 2 ** 24, 2 ** 26, 8])
  for (const wrong of ['', '0', '-1', '1.5', '1e3', '65Mi', '2^27', '0x10', '1Gi', 'NaN']) {
    expect(readSize(wrong)).toBeUndefined()
  }
})
