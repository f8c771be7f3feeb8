import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Batches } from '../../demo/lab/batches.ts'
import { circles, drawProblem, spirals, xor } from '../../demo/lab/data.ts'
import type { Dataset } from '../../demo/lab/dataset.ts'
import { inspect } from '../../demo/lab/inspection.ts'
import { matrix, multiply, transpose } from '../../demo/lab/matrix.ts'
import { Network } from '../../demo/lab/network.ts'
import { CIRCLES } from '../../demo/lab/presets.ts'
import type { Setup } from '../../demo/lab/training-setup.ts'
import { DispatcherTrainer } from '../../demo/lab/trainer.ts'
import { createDispatcher, type Dispatcher, relu } from '../../src/index.ts'
import { loadDigits } from './digits.ts'

let dispatcher: Dispatcher
beforeAll(async () => {
  dispatcher = await createDispatcher({ processor: 'cpu' })
})
afterAll(() => dispatcher.destroy())

const network = (
  width: number,
  depth: number,
  data: Dataset,
  options: { dropout?: number; batchNorm?: boolean } = {},
) =>
  new Network(
    {
      ...CIRCLES,
      features: data.features,
      classes: data.classes,
      width,
      depth,
      activation: relu(),
      ...options,
    },
    dispatcher,
  )

test('a network of three weights gives what is worked out by hand', async () => {
  const data = { values: Float32Array.of(2), labels: Uint8Array.of(0), rows: 1, features: 1, classes: 2 }
  const tiny = network(1, 1, data)
  tiny.dense[0]!.weights.values.set([0.5])
  tiny.dense[1]!.weights.values.set([1, -1])
  // relu(2 * 0.5) = 1; logits 1 and -1; the wrong class has the probability 1 / (1 + e^2) = p.
  const p = 1 / (1 + Math.exp(2))
  const { loss, accuracy } = await tiny.gradients(data.values, data.labels, 'training')
  expect(loss).toBeCloseTo(-Math.log(1 - p), 6)
  expect(accuracy).toBe(1)
  const expected = [[-2 * p * 2], [-2 * p], [-p, p], [-p, p]]
  tiny.parameters.forEach(({ gradients }, k) => {
    gradients.forEach((gradient, i) => expect(gradient).toBeCloseTo(expected[k]![i]!, 6))
  })
})

test('products equal the sums of their definition, at odd sizes too', () => {
  for (const [rows, inner, columns] of [
    [1, 1, 1],
    [2, 3, 4],
    [3, 5, 7],
    [5, 1, 6],
    [1, 9, 2],
  ] as const) {
    const a = Float32Array.from({ length: rows * inner }, (_, i) => Math.sin(i + 1))
    const b = Float32Array.from({ length: inner * columns }, (_, i) => Math.cos(3 * i))
    const expected = Float32Array.from({ length: rows * columns }, (_, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns]
      return Array.from({ length: inner }, (__, k) => a[row * inner + k]! * b[k * columns + column]!).reduce(
        (x, y) => x + y,
      )
    })
    const out = new Float32Array(rows * columns)
    multiply(matrix(a, rows, inner), matrix(b, inner, columns), out)
    expect(out).toEqual(expected)
    const flipped = new Float32Array(rows * columns)
    multiply(transpose(matrix(b, inner, columns)), transpose(matrix(a, rows, inner)), flipped)
    const turned = expected.map((_, i) => expected[(i % rows) * columns + Math.floor(i / rows)]!)
    expect(flipped).toEqual(turned)
  }
})

test('an epoch has every example once, in an order of the seed', () => {
  const data = circles(12, 1)
  const epoch = (seed: number): number[] => {
    const batches = new Batches(data, 4, seed)
    return [1, 2, 3].flatMap(() => [...batches.next().values])
  }
  expect(Float32Array.from(epoch(1)).toSorted()).toEqual(data.values.toSorted())
  expect(epoch(1)).toEqual(epoch(1))
  expect(epoch(1)).not.toEqual(epoch(2))
})

test('equal seeds train equal networks, whatever is looked at meanwhile; the seed decides', async () => {
  const setup: Setup = { ...CIRCLES, dropout: 0.2, batchNorm: true }
  const weights = async (seed: number, looks: boolean): Promise<number[]> => {
    const problem = await drawProblem(setup.data, seed, loadDigits)
    const trainer = new DispatcherTrainer({ ...setup, seed }, { name: 'elu' }, problem, dispatcher)
    for (let step = 0; step < 5; step++) {
      await trainer.train(1)
      if (looks) await trainer.evaluate(problem.training)
      if (looks) await trainer.inspect()
    }
    return trainer.network.parameters.flatMap(({ values }) => [...values])
  }
  expect(await weights(1, true)).toEqual(await weights(1, false))
  expect(await weights(2, false)).not.toEqual(await weights(1, false))
})

test('the networks of a comparison start from one draw, each at its own scale', () => {
  const make = (name: 'he' | 'small') =>
    new Network({ ...CIRCLES, weights: name, features: 2, classes: 2, activation: relu() }, dispatcher).dense[1]!
      .weights.values
  const [he, small] = [make('he'), make('small')]
  he.forEach((value, i) => expect(small[i]! / value).toBeCloseTo(Math.sqrt(1 / 6), 5))
})

describe('an inspection', () => {
  test('counts open units, zeros and units without a gradient', async () => {
    const data: Dataset = {
      values: Float32Array.of(1, -1, 2, -3),
      labels: Uint8Array.of(0, 1, 0, 1),
      rows: 4,
      features: 1,
      classes: 2,
    }
    const one = network(3, 1, data)
    one.dense[0]!.weights.values.set([1, -1, 0])
    one.dense[0]!.bias.values.set([0, 2, -1])
    const { layers, gradientNorms, gradientNorm } = await inspect(one, data, { noise: null })
    const [layer] = layers
    expect([...layer!.open]).toEqual([0.5, 0.75, 0])
    expect([...layer!.gradientless]).toEqual([0, 0, 1])
    expect(layer).toMatchObject({ zeros: 7 / 12, zeroGradient: 7 / 12, shut: expect.closeTo(1 / 3) })
    // Activations: 1, 0, 2, 0; 1, 3, 0, 5; 0, 0, 0, 0.
    expect(layer!.mean).toBeCloseTo(1)
    expect(layer!.rootMeanSquare).toBeCloseTo(Math.sqrt(40 / 12))
    expect(gradientNorms).toHaveLength(2)
    expect(gradientNorm).toBeGreaterThanOrEqual(Math.hypot(...gradientNorms))
  })

  test('tells a unit that is never open from one without a gradient', async () => {
    const data = circles(20, 1)
    const problem = { training: data, test: null }
    const setup: Setup = { ...CIRCLES, bias: { value: -20, layers: 'first' } }
    const of = async (name: string) =>
      (await new DispatcherTrainer(setup, { name }, problem, dispatcher).inspect()).layers[0]!
    expect(await of('relu')).toMatchObject({ shut: 1, zeroGradient: 1 })
    expect(await of('leakyRelu')).toMatchObject({ shut: 1, zeroGradient: 0 })
  })
})

test('drawn data has the shape it is named for', () => {
  const radius = (data: Dataset, i: number): number => Math.hypot(data.values[2 * i]!, data.values[2 * i + 1]!)
  const ring = circles(200, 4)
  ring.labels.forEach((label, i) => expect(Math.abs(radius(ring, i) - (label === 1 ? 0.5 : 1.25))).toBeLessThan(0.5))
  const spiral = spirals(200, 4)
  spiral.labels.forEach((_, i) => expect(radius(spiral, i)).toBeLessThan(1.65))
  const corners = xor(200, 4)
  corners.labels.forEach((label, i) => {
    expect(label).toBe(corners.values[2 * i]! * corners.values[2 * i + 1]! > 0 ? 1 : 0)
  })
})

test('the digits are those of UCI', async () => {
  const { labels, pixels } = await loadDigits()
  // As NumPy counts them in scikit-learn's digits.csv.gz.
  expect([...Array(10).keys()].map(digit => labels.filter(label => label === digit).length)).toEqual([
    178, 182, 177, 183, 181, 182, 181, 179, 174, 180,
  ])
  expect(pixels.reduce((sum, pixel) => sum + pixel, 0)).toBe(561_718)
  expect(pixels.slice(0, 8)).toEqual(Uint8Array.of(0, 0, 5, 13, 9, 1, 0, 0))
})

test('the decision surface covers all examples, from the lower left', async () => {
  const data: Dataset = {
    values: Float32Array.of(-3, 0, 3, 0),
    labels: Uint8Array.of(0, 1),
    rows: 2,
    features: 2,
    classes: 2,
  }
  const one = network(2, 1, data)
  // The second class where y > 0.
  one.dense[0]!.weights.values.set([0, 0, 1, -1])
  one.dense[1]!.weights.values.set([-1, 1, 1, -1])
  const { surface } = await inspect(one, data, { noise: null })
  const { side, extent, classes, probabilities } = surface!
  expect(extent).toBe(3)
  expect([...classes]).toEqual(Array.from({ length: side ** 2 }, (_, i) => (i < side ** 2 / 2 ? 0 : 1)))
  expect(probabilities.at(-1)).toBeCloseTo(1 / (1 + Math.exp(-6)), 5)
})
