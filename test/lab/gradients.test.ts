import { afterAll, beforeAll, expect, test } from 'vitest'
import { activationOf, LAB_ACTIVATIONS } from '../../demo/lab/activations.ts'
import type { Dataset } from '../../demo/lab/dataset.ts'
import { Network } from '../../demo/lab/network.ts'
import { Adam, clipByGlobalNorm, type Optimiser, Sgd } from '../../demo/lab/optimiser.ts'
import { createDispatcher, type Dispatcher } from '../../src/index.ts'
import { normal, uniform } from '../../demo/support/random.ts'
import { gradientsOf, type Shape } from './float64.ts'

// Gradients of float32 networks against central differences in float64, and what optimisers make of them.

let dispatcher: Dispatcher
beforeAll(async () => {
  dispatcher = await createDispatcher({ processor: 'cpu' })
})
afterAll(() => dispatcher.destroy())

const next = normal(uniform(3))
const DATA: Dataset = {
  rows: 7,
  features: 3,
  classes: 3,
  values: Float32Array.from({ length: 21 }, next),
  labels: Uint8Array.of(0, 1, 2, 0, 1, 2, 2),
}
const PLAIN: Shape = {
  features: 3,
  classes: 3,
  width: 5,
  depth: 2,
  batchNorm: false,
  dropout: 0,
  seed: 11,
  choice: { name: 'tanh' },
}

function networkOf(shape: Shape): Network {
  const network = new Network(
    { ...shape, activation: activationOf(shape.choice), weights: 'he', gain: 1, bias: { value: 0.1 } },
    dispatcher,
  )
  // So that a scale of 1 and a shift of 0 hide nothing. The same for every activation: a difference must not meet a kink.
  const next = normal(uniform(5))
  for (const { values } of network.parameters) for (let i = 0; i < values.length; i++) values[i]! += 0.2 * next()
  return network
}

const inFloat64 = (network: Network): Float64Array[] =>
  network.parameters.map(({ values }) => Float64Array.from(values))

/** The largest difference, relative to the largest value of all. */
function difference(actual: readonly ArrayLike<number>[], expected: readonly Float64Array[]): number {
  const largest = Math.max(...expected.flatMap(values => [...values].map(Math.abs)))
  const differences = expected.flatMap((values, k) => [...values].map((value, i) => Math.abs(value - actual[k]![i]!)))
  return Math.max(...differences) / largest
}

test.each([
  ...LAB_ACTIVATIONS.map(name => [name, { ...PLAIN, choice: { name } }] as const),
  ['one hidden layer', { ...PLAIN, depth: 1 }] as const,
  ['four hidden layers', { ...PLAIN, depth: 4 }] as const,
  ['batch normalisation', { ...PLAIN, batchNorm: true }] as const,
  ['dropout', { ...PLAIN, dropout: 0.4 }] as const,
  ['prelu with both', { ...PLAIN, batchNorm: true, dropout: 0.4, choice: { name: 'prelu' } }] as const,
])('gradients equal differences in float64: %s', async (_, shape) => {
  const network = networkOf(shape)
  const expected = gradientsOf(shape, inFloat64(network), DATA)
  await network.gradients(DATA.values, DATA.labels, 'training')
  const actual = network.parameters.map(({ gradients }) => gradients)
  expect(actual.map(({ length }) => length)).toEqual(expected.map(({ length }) => length))
  expect(difference(actual, expected)).toBeLessThan(1e-4)
  expect(Math.max(...expected.flatMap(values => [...values]))).toBeGreaterThan(0.01)
})

test.each<[string, () => Optimiser, number | null, (make: number) => Float64Optimiser]>([
  ['SGD', () => new Sgd(0.3), null, () => sgd64(0.3, 0)],
  ['SGD with momentum', () => new Sgd(0.3, 0.9), null, () => sgd64(0.3, 0.9)],
  ['SGD, clipped', () => new Sgd(0.3), 0.2, () => sgd64(0.3, 0)],
  ['Adam', () => new Adam(0.05), null, () => adam64(0.05)],
  ['Adam, clipped', () => new Adam(0.05), 0.2, () => adam64(0.05)],
])('four steps equal those in float64: %s', async (_, make, clip, make64) => {
  const shape: Shape = { ...PLAIN, choice: { name: 'prelu' } }
  const network = networkOf(shape)
  const optimiser = make()
  const expected = inFloat64(network)
  const optimiser64 = make64(0)
  for (let step = 0; step < 4; step++) {
    const gradients = gradientsOf(shape, expected, DATA)
    const norm = Math.hypot(...gradients.flatMap(values => [...values]))
    const scale = clip === null ? 1 : Math.min(1, clip / norm)
    expected.forEach((values, k) =>
      optimiser64(
        k,
        values,
        gradients[k]!.map(value => value * scale),
        step + 1,
      ),
    )

    await network.gradients(DATA.values, DATA.labels, 'training')
    if (clip !== null) clipByGlobalNorm(network.parameters, clip)
    optimiser.step(network.parameters)
  }
  expect(
    difference(
      network.parameters.map(({ values }) => values),
      expected,
    ),
  ).toBeLessThan(1e-4)
})

type Float64Optimiser = (k: number, values: Float64Array, gradients: Float64Array, step: number) => void

function sgd64(rate: number, momentum: number): Float64Optimiser {
  const velocities: number[][] = []
  return (k, values, gradients) => {
    velocities[k] = [...gradients].map((gradient, i) => momentum * (velocities[k]?.[i] ?? 0) + gradient)
    velocities[k].forEach((velocity, i) => (values[i]! -= rate * velocity))
  }
}

function adam64(rate: number): Float64Optimiser {
  const state: { m: number; v: number }[][] = []
  return (k, values, gradients, step) => {
    state[k] = [...gradients].map((gradient, i) => {
      const { m, v } = state[k]?.[i] ?? { m: 0, v: 0 }
      return { m: 0.9 * m + 0.1 * gradient, v: 0.999 * v + 0.001 * gradient ** 2 }
    })
    state[k].forEach(({ m, v }, i) => {
      values[i]! -= (rate * (m / (1 - 0.9 ** step))) / (Math.sqrt(v / (1 - 0.999 ** step)) + 1e-8)
    })
  }
}

test('a norm that is not finite leaves the step out', () => {
  const parameter = { values: Float32Array.of(1, 2), gradients: Float32Array.of(Infinity, 1) }
  clipByGlobalNorm([parameter], 5)
  new Sgd(1).step([parameter])
  expect([...parameter.values]).toEqual([1, 2])
})
