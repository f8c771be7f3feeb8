import { beforeEach, expect, test } from 'vitest'
import { claimOf } from '../../demo/lab/claims.ts'
import { reasonForCpu } from '../../demo/lab/gpu/trainer.ts'
import { CIRCLES, PRELU, RELU, REVIVAL } from '../../demo/lab/presets.ts'
import type { Curve, Inspection, Message, Ready, Request } from '../../demo/lab/protocol.ts'
import type { Setup } from '../../demo/lab/training-setup.ts'
import { Judging } from '../../demo/rooms/lab/run/judging.ts'
import { markdownOf } from '../../demo/rooms/lab/report.ts'
import { processorNotice, processorText, progressText } from '../../demo/rooms/lab/texts.ts'
import { Training, type WorkerThread } from '../../demo/rooms/lab/run/training.ts'
import { titleOf } from '../../demo/rooms/lab/verdict-panel.ts'

/** A worker that keeps what it is asked, and answers as the test says. */
class FakeWorker extends EventTarget implements WorkerThread {
  readonly requests: Request[] = []
  isTerminated = false

  postMessage(request: Request): void {
    this.requests.push(request)
  }

  answer(message: Message): void {
    this.dispatchEvent(new MessageEvent('message', { data: message }))
  }

  terminate(): void {
    this.isTerminated = true
  }
}

let workers: FakeWorker[]
const start = (): WorkerThread => {
  workers.push(new FakeWorker())
  return workers.at(-1)!
}
const asked = () => workers.at(-1)!.requests.map(({ type, run }) => `${type} ${run}`)

beforeEach(() => {
  workers = []
})

const ready = (run: number): Ready => ({
  type: 'ready',
  run,
  data: { rows: 256, testRows: 0, features: 2, classes: 2, points: null },
  steps: 300,
  processor: 'cpu',
  reason: 'It is near.',
  adapter: null,
})
const curve = (steps: number[], loss: number[], divergedAt: number | null = null): Curve => ({
  steps,
  loss,
  accuracy: loss.map(() => 0.5),
  testLoss: [],
  testAccuracy: [],
  stepsPerSecond: 100,
  divergedAt,
  stoppedAt: null,
})
const inspection = (gradientNorm: number): Inspection => ({
  layers: [],
  gradientNorms: [gradientNorm],
  gradientNorm,
  surface: null,
  noise: null,
})

test.each<[Partial<Setup>, string | undefined]>([
  [{}, undefined],
  [{ batchNorm: true }, 'batch normalisation'],
  [{ dropout: 0.1 }, 'dropout'],
  [{ activations: [RELU, PRELU] }, 'the learned slopes of prelu'],
  [{ first: { activation: PRELU, steps: 1 } }, 'the learned slopes of prelu'],
  [
    { batchNorm: true, dropout: 0.5, activations: [PRELU] },
    'batch normalisation, dropout, and the learned slopes of prelu',
  ],
])('the page says why a run with %j is trained on the CPU', (change, parts) => {
  const reason = reasonForCpu({ ...CIRCLES, ...change })
  expect(reason).toBe(parts && `A run with ${parts} is trained on the CPU.`)
  if (reason === undefined) return
  expect(processorText({ processor: 'cpu', reason, adapter: null })).toBe(
    `This library computes the activations, forward and backward, on the CPU. ${reason}`,
  )
})

test('a run that waits for its networks starts with them; messages of an earlier run are ignored', () => {
  const training = new Training({ changed: () => undefined, processorChanged: () => undefined }, start)
  training.reset(CIRCLES, 'auto')
  training.run()
  expect(asked()).toEqual(['reset 1'])
  training.reset({ ...CIRCLES, width: 8 }, 'auto', 'run')
  workers[0]!.answer(ready(1))
  expect(training.model).toBeUndefined()
  workers[0]!.answer(ready(2))
  expect(asked()).toEqual(['reset 1', 'reset 2', 'run 2'])
  expect(training.model).toMatchObject({ phase: 'running', setup: { width: 8 } })
  workers[0]!.answer({ type: 'progress', run: 2, step: 10, stepsPerSecond: 1, curves: [curve([0, 10], [2, 1])] })
  workers[0]!.answer({ type: 'progress', run: 2, step: 20, stepsPerSecond: 1, curves: [curve([20], [0.5])] })
  workers[0]!.answer({ type: 'finished', run: 1, step: 300 })
  expect(training.model!.curves[0]).toMatchObject({ steps: [0, 10, 20], loss: [2, 1, 0.5] })
  training.pause()
  workers[0]!.answer({ type: 'paused', run: 2, step: 25 })
  expect(asked().at(-1)).toBe('pause 2')
  expect(progressText(training.model!)).toBe('step 25 of 300 · seed 1')
})

test('what fails leaves the run before, a thread that breaks is replaced, and a lost device is told', () => {
  const told: string[] = []
  const training = new Training(
    { changed: () => undefined, processorChanged: ({ processor, reason }) => told.push(`${processor}: ${reason}`) },
    start,
  )
  training.reset(CIRCLES, 'webgpu')
  workers[0]!.answer(ready(1))
  workers[0]!.answer({ type: 'processor', processor: 'cpu', reason: 'The device was lost.', adapter: null })
  expect(told).toEqual(['cpu: The device was lost.'])
  expect(training.model!.processor.reason).toBe('The device was lost.')
  training.reset(CIRCLES, 'webgpu')
  workers[0]!.answer({ type: 'failed', run: 2, message: 'x has one class.', fix: 'Give two.' })
  expect([training.problem, training.isMaking, training.model?.steps]).toEqual([
    'x has one class. Give two.',
    false,
    300,
  ])
  workers[0]!.dispatchEvent(Object.assign(new Event('error'), { message: 'out of memory' }))
  expect(training.problem).toMatch(/^The thread that trains failed: out of memory\./)
  expect(workers[0]!.isTerminated).toBe(true)
  training.reset(CIRCLES, 'auto')
  expect(workers).toHaveLength(2)
  expect(training.problem).toBeUndefined()
})

test('a network that diverges keeps its last gradients, and the run says where it ended', () => {
  const training = new Training({ changed: () => undefined, processorChanged: () => undefined }, start)
  training.reset(REVIVAL, 'auto', 'run')
  const worker = workers[0]!
  worker.answer(ready(1))
  const networks = (...norms: number[]) => norms.map(inspection)
  worker.answer({ type: 'inspection', run: 1, step: 0, at: 'start', networks: networks(1, 2, 3) })
  worker.answer({ type: 'inspection', run: 1, step: 100, at: 'switch', networks: networks(4, 4, 4) })
  worker.answer({ type: 'inspection', run: 1, step: 103, at: 'end', networks: networks(NaN, Infinity, 5) })
  const model = training.model!
  expect(model.end).toBe(300)
  expect(model.before?.gradientNorm).toBe(4)
  expect(model.finite.map(({ step, inspection: { gradientNorm } }) => [step, gradientNorm])).toEqual([
    [100, 4],
    [100, 4],
    [103, 5],
  ])
  const diverged = curve([1], [9], 103)
  worker.answer({ type: 'progress', run: 1, step: 103, stepsPerSecond: 1, curves: [diverged, diverged, diverged] })
  worker.answer({ type: 'finished', run: 1, step: 103 })
  expect(progressText(model)).toBe('step 103 of 300 · seed 1 · every network diverged, the run ended')
  expect(model.end).toBe(103)
  const parts = { title: 'T', changes: ['width 32'], address: 'A', environment: 'E', claims: [], model }
  expect(markdownOf(parts)).toContain('| leakyRelu 0.01 | 9 | 50 % | diverged at step 103 |')
})

test('seeds add up to a verdict, and what is stopped stays', () => {
  const told: string[] = []
  const judging = new Judging(
    { changed: () => undefined, processorChanged: report => told.push(processorNotice(report)) },
    claimOf,
    start,
  )
  const title = () => titleOf(judging.verdictOf('sparse-trained'), judging.isRunning)
  expect(title()).toBe('Not measured yet')
  judging.start(['sparse-trained'], 3, 'auto')
  expect(title()).toBe('Measuring …')
  const seed = (run: number, number: number, passed: boolean) =>
    workers[0]!.answer({
      type: 'seed',
      run,
      claim: 'sparse-trained',
      seed: number,
      passed,
      measured: { zeros: 0.4, accuracy: 1 },
      passedSoFar: 0,
      runSoFar: 0,
      seeds: 3,
    })
  seed(1, 1, true)
  seed(1, 2, true)
  expect(title()).toBe('2 of 2 so far')
  workers[0]!.answer({ type: 'processor', processor: 'cpu', reason: 'It was lost.', adapter: null })
  expect(told).toEqual(['The GPU cannot be used any more: training goes on on the CPU. It was lost.'])
  judging.stop()
  expect([title(), judging.isRunning]).toEqual(['2 of 2 so far', false])
  judging.start(['sparse-trained'], 3, 'auto')
  seed(1, 3, true)
  expect(judging.verdictOf('sparse-trained')!.seeds).toBe(0)
  for (const number of [1, 2, 3]) seed(2, number, number !== 2)
  workers[0]!.answer({ type: 'judged', run: 2 })
  expect([title(), judging.isRunning]).toEqual(['Undecided (2 of 3)', false])
  const claims = [{ claim: claimOf('sparse-trained'), verdict: judging.verdictOf('sparse-trained') }]
  const parts = { title: 'T', changes: [], address: 'A', environment: 'E', model: undefined, claims }
  expect(markdownOf(parts)).toMatch(
    /### Undecided \(2 of 3\)\n\n- claim: .*\n- preset: .*\n- needed in each seed: .*\n- seeds: 2 of 3 pass\n/,
  )
})
