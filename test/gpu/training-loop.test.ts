import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTraining, type TrainingSetup } from '../../demo/examples/training-loop.ts'
import training from '../../demo/examples/training.wgsl?raw'
import { spirals } from '../../demo/lab/data.ts'
import product from '../../demo/examples/product.wgsl?raw'
import { requestDevice } from '../../src/gpu/device/device.ts'
import { createKernels, leakyRelu, sigmoid } from '../../src/index.ts'
import { inScopes } from '../support/gpu.ts'
import { runSnippet } from '../support/snippets.ts'

// The training loop in one pass, as the example and as the guide have it, against the same network in float64.

const STEPS = 200
const HIDDEN = 16
const { values, labels } = spirals(128, 1, 1)
const SETUP: TrainingSetup = {
  x: Float32Array.from(values),
  targets: Float32Array.from(labels),
  hidden: HIDDEN,
  weights: [wave(2 * HIDDEN, 1.7), wave(HIDDEN, 0.9)],
  rate: 1,
  steps: STEPS,
}

let device: GPUDevice
beforeAll(async () => {
  device = await requestDevice()
})
afterAll(() => device.destroy())

function wave(length: number, step: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, (_, i) => Math.sin((i + 1) * step))
}

/** The loss before each step, from the definitions: leakyRelu, sigmoid, mean squared error, gradient descent. */
function lossesInFloat64({ x, targets, hidden, weights, rate, steps }: TrainingSetup): number[] {
  const slope = Math.fround(0.01)
  const [w1, w2] = weights.map(array => [...array]) as [number[], number[]]
  const b1 = Array.from({ length: hidden }, () => 0)
  let b2 = 0
  const rows = targets.length
  return Array.from({ length: steps }, () => {
    const dw1 = w1.map(() => 0)
    const [db1, dw2] = [b1.map(() => 0), b1.map(() => 0)]
    let db2 = 0
    let loss = 0
    for (let row = 0; row < rows; row++) {
      const [left, right] = [x[2 * row]!, x[2 * row + 1]!]
      const sums = b1.map((bias, unit) => left * w1[unit]! + right * w1[hidden + unit]! + bias)
      const units = sums.map(sum => (sum > 0 ? sum : slope * sum))
      const y = 1 / (1 + Math.exp(-units.reduce((sum, value, unit) => sum + value * w2[unit]!, b2)))
      const error = y - targets[row]!
      loss += error ** 2 / rows
      const dy = ((2 * error) / rows) * y * (1 - y)
      db2 += dy
      sums.forEach((sum, unit) => {
        dw2[unit]! += dy * units[unit]!
        const gradient = dy * w2[unit]! * (sum > 0 ? 1 : slope)
        db1[unit]! += gradient
        dw1[unit]! += gradient * left
        dw1[hidden + unit]! += gradient * right
      })
    }
    dw1.forEach((gradient, i) => (w1[i]! -= rate * gradient))
    dw2.forEach((gradient, i) => (w2[i]! -= rate * gradient))
    db1.forEach((gradient, i) => (b1[i]! -= rate * gradient))
    b2 -= rate * db2
    return loss
  })
}

/** The losses of the example. */
async function train(): Promise<Float32Array> {
  const training = await createTraining(device, SETUP)
  training.run(STEPS)
  const losses = await training.losses()
  training.destroy()
  return losses
}

/** The losses of the code in docs/training.md, a part after the other. */
async function trainByGuide(): Promise<Float32Array> {
  const given = { createKernels, leakyRelu, sigmoid, ...SETUP, device, product, training }
  const programs = ['kernels', 'hiddenActivation', 'outputActivation', 'multiplying', 'losing', 'descending']
  Object.assign(given, await runSnippet('docs/training.md', 'programs', programs, given))
  const ranges =
    'parameters gradients w1 b1 w2 b2 dw1 db1 dw2 db2 input wanted product1 hidden1 dHidden product2 output'
  const others = 'dOutput record end rows make UNIFORM MAP_READ COPY_DST'
  Object.assign(given, await runSnippet('docs/training.md', 'buffers', `${ranges} ${others}`.split(' '), given))
  Object.assign(given, await runSnippet('docs/training.md', 'step', ['step'], given))
  await runSnippet('docs/training.md', 'loop', [], given)
  const { losses } = (await runSnippet('docs/training.md', 'losses', ['losses'], given)) as { losses: Float32Array }
  return losses
}

test.each([
  { what: 'the example', run: train },
  { what: 'the guide', run: trainByGuide },
])('200 steps of $what have the losses of float64, within a thousandth of each', async ({ run }) => {
  const losses = await inScopes(device, run)
  const expected = lossesInFloat64(SETUP)
  expect(losses).toHaveLength(STEPS)
  expect(Math.max(...expected.map((loss, i) => Math.abs(losses[i]! / loss - 1)))).toBeLessThan(1e-3)
  expect(losses[STEPS - 1]).toBeLessThan(0.1 * losses[0]!)
})
