import { expect, test } from 'vitest'
import { CIRCLES } from '../../demo/lab/presets.ts'
import type { Inspection } from '../../demo/lab/protocol.ts'
import { Run } from '../../demo/lab/run.ts'
import { type Followed, MOST_STRETCHES, type Trainer } from '../../demo/lab/trainer.ts'

/** A trainer whose loss is its number of steps, up to `end`, where it diverges. */
class CountingTrainer implements Trainer {
  readonly calls: number[] = []
  readonly stepsAtOnce: number
  readonly end: number
  steps = 0

  constructor(stepsAtOnce: number, end = Infinity) {
    this.stepsAtOnce = stepsAtOnce
    this.end = end
  }

  follow(lengths: readonly number[], rest = 0): Promise<Followed> {
    expect(lengths.length).toBeLessThanOrEqual(MOST_STRETCHES)
    const from = this.steps
    const points: Followed['points'][number][] = []
    for (const [i, length] of [...lengths, rest].entries()) {
      this.steps = Math.min(this.steps + length, this.end)
      if (this.steps === this.end) break
      if (i < lengths.length) points.push({ training: { loss: this.steps, accuracy: 1 }, test: null })
    }
    this.calls.push(this.steps - from)
    return Promise.resolve({ steps: this.steps - from, points, seconds: 1 })
  }

  inspect(): Promise<Inspection> {
    return Promise.reject(new Error('Nothing is inspected.'))
  }

  setActivation(): void {}
  close(): void {}
}

async function finish(run: Run, most = Infinity): Promise<void> {
  while (!run.isFinished) await run.advance(most, () => Promise.resolve())
}

const every = (interval: number, last: number): number[] =>
  Array.from({ length: last / interval + 1 }, (_, i) => interval * i)

test.each([
  [1, 5000],
  [7, 5000],
  [50, 5000],
  [1280, 5000],
  [1280, 60],
  [1000, 100],
])('a run of %i steps at once has its points where they are, over %i steps', async (atOnce, steps) => {
  const trainers: CountingTrainer[] = []
  const activations = [{ name: 'relu' }, { name: 'tanh' }]
  const run = new Run({ ...CIRCLES, activations, steps }, () => {
    trainers.push(new CountingTrainer(trainers.length === 0 ? atOnce : 2 * atOnce))
    return trainers.at(-1)!
  })
  await run.addPoint()
  await finish(run)
  const points = every(steps / Math.min(100, steps), steps)
  for (const curve of run.takeCurves()) {
    expect(curve).toMatchObject({ steps: points, loss: points, divergedAt: null })
  }
  for (const { calls } of trainers) expect(Math.max(...calls)).toBeLessThanOrEqual(atOnce)
})

test('a point is added where a run pauses, once', async () => {
  const run = new Run({ ...CIRCLES, activations: [{ name: 'relu' }], steps: 1000 }, () => new CountingTrainer(4))
  await run.addPoint()
  await run.advance(Infinity, () => Promise.resolve())
  await run.addPoint()
  await run.addPoint()
  await finish(run)
  await run.addPoint()
  expect(run.takeCurves()[0]!.steps).toEqual([0, 4, ...every(10, 1000).slice(1)])
})

test('a network that diverges between points is out', async () => {
  const ends = [23, Infinity]
  const activations = [{ name: 'relu' }, { name: 'tanh' }]
  const run = new Run({ ...CIRCLES, activations, steps: 1000 }, () => new CountingTrainer(4, ends.shift()))
  await finish(run)
  const [relu, tanh] = run.takeCurves()
  expect(relu).toMatchObject({ steps: [10, 20], divergedAt: 23 })
  expect(tanh).toMatchObject({ steps: every(10, 1000).slice(1), divergedAt: null })
})
