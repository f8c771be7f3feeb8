import { normal, uniform } from '../support/random.ts'
import { showOutcome } from './outcome.ts'
import { createTraining } from './training-loop.ts'

// Two spirals are told apart by a network of two layers, whose training stays on the GPU.

const [ROWS, HIDDEN, STEPS] = [256, 32, 2000]

void showOutcome(async () => {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (adapter === null) throw new Error('WebGPU found no adapter.')
  const device = await adapter.requestDevice()
  const next = normal(uniform(1))
  const weights = (inputs: number, outputs: number): Float32Array<ArrayBuffer> =>
    Float32Array.from({ length: inputs * outputs }, () => next() * Math.sqrt(2 / inputs))
  const training = await createTraining(device, {
    x: Float32Array.from({ length: 2 * ROWS }, (_, i) => pointOf(Math.floor(i / 2))[i % 2]!),
    targets: Float32Array.from({ length: ROWS }, (_, i) => i % 2),
    hidden: HIDDEN,
    weights: [weights(2, HIDDEN), weights(HIDDEN, 1)],
    rate: 1,
    steps: STEPS,
  })
  const start = performance.now()
  training.run(STEPS)
  const losses = await training.losses()
  const elapsed = performance.now() - start
  training.destroy()
  const shown = [0, 100, 500, 1000, STEPS - 1].map(step => [`Loss before step ${step + 1}`, losses[step]!.toFixed(4)])
  return { ...Object.fromEntries(shown), 'A step': `${(elapsed / STEPS).toFixed(3)} ms` }
})

/** A point of two spirals of one turn around the origin: even points are of one, odd points of the other. */
function pointOf(i: number): readonly number[] {
  const distance = Math.sqrt((i + 1) / ROWS)
  const angle = Math.PI * (2 * distance + (i % 2))
  return [1.5 * distance * Math.sin(angle), 1.5 * distance * Math.cos(angle)]
}
