import { expect, onTestFinished, test, vi } from 'vitest'
import { DIGITS, REVIVAL, SPIRALS } from '../../demo/lab/presets.ts'
import type { Message, Request } from '../../demo/lab/protocol.ts'
import type { Setup } from '../../demo/lab/training-setup.ts'
import { Session } from '../../demo/lab/session/session.ts'
import { checkSetup } from '../../demo/lab/setup.ts'
import { STORIES } from '../../demo/lab/stories.ts'
import { loadDigits } from './digits.ts'

// The worker's requests and messages, without a worker.

type OfType<Type extends Message['type']> = Extract<Message, { type: Type }>

function opened() {
  const messages: Message[] = []
  const session = new Session(message => messages.push(structuredClone(message)), loadDigits)
  onTestFinished(() => session.close())
  const all = <Type extends Message['type']>(type: Type) =>
    messages.filter((message): message is OfType<Type> => message.type === type)
  const send = (request: Request): Promise<void> => session.handle(request)
  return { messages, all, send, types: () => messages.map(({ type }) => type) }
}

const SMALL: Setup = { ...SPIRALS, data: { name: 'spirals', rows: 40 }, width: 4, steps: 30 }

test('a reset inspects, a run trains to its end', async () => {
  const { all, send, types } = opened()
  await send({ type: 'reset', run: 1, setup: SMALL })
  expect(types()).toEqual(['ready', 'progress', 'inspection'])
  const reason = 'There is no WebGPU here.'
  expect(all('ready')[0]).toMatchObject({ run: 1, steps: 30, processor: 'cpu', reason, adapter: null })
  expect(all('ready')[0]!.data).toMatchObject({ rows: 40, testRows: 0, features: 2, classes: 2 })
  expect(all('inspection')[0]!.at).toBe('start')
  const [start] = all('inspection')[0]!.networks
  expect(start!.layers).toHaveLength(2)
  expect(start!.layers[0]!.open).toHaveLength(4)
  expect(start!.gradientNorms).toHaveLength(3)
  expect(start!.surface!.classes).toHaveLength(start!.surface!.side ** 2)

  await send({ type: 'run', run: 2 })
  expect(types().slice(-3)).toEqual(['progress', 'inspection', 'finished'])
  expect(all('finished')).toEqual([{ type: 'finished', run: 2, step: 30 }])
  const steps = all('progress').flatMap(({ curves }) => curves[0]!.steps)
  expect(steps).toEqual(Array.from({ length: 31 }, (_, step) => step))
  const losses = all('progress').flatMap(({ curves }) => curves[0]!.loss)
  expect(losses.at(-1)).toBeLessThan(losses[0]!)
})

test('single steps give the curve of a whole run', async () => {
  const whole = opened()
  await whole.send({ type: 'reset', run: 1, setup: SMALL })
  await whole.send({ type: 'run', run: 1 })
  const single = opened()
  await single.send({ type: 'reset', run: 1, setup: SMALL })
  await single.send({ type: 'step', run: 1 })
  expect(single.all('paused')).toEqual([{ type: 'paused', run: 1, step: 1 }])
  await single.send({ type: 'step', run: 1, steps: 29 })
  const curve = ({ all }: ReturnType<typeof opened>) => all('progress').flatMap(({ curves }) => curves[0]!.loss)
  expect(curve(single)).toEqual(curve(whole))
})

test('a pause ends a run, which goes on from there', async () => {
  const { all, send } = opened()
  await send({ type: 'reset', run: 1, setup: { ...SMALL, steps: 2000 } })
  const running = send({ type: 'run', run: 1 })
  await new Promise(resolve => setTimeout(resolve, 30))
  await send({ type: 'pause', run: 1 })
  await running
  const [{ step }] = all('paused') as [OfType<'paused'>]
  expect(step).toBeGreaterThan(0)
  expect(step).toBeLessThan(2000)
  await send({ type: 'step', run: 1, steps: 5 })
  expect(all('paused')[1]!.step).toBe(step + 5)
})

test('a pause takes effect after the step, though points of the curves are 1000 steps apart', async () => {
  const { all, send } = opened()
  const activations = [{ name: 'relu' }, { name: 'tanh' }]
  await send({ type: 'reset', run: 1, setup: { ...SMALL, steps: 100_000, activations } })
  // With each step the clock goes on by the time after which messages are let in.
  let now = performance.now()
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 16))
  onTestFinished(() => clock.mockRestore())
  const running = send({ type: 'run', run: 1 })
  await new Promise(resolve => setImmediate(resolve))
  await send({ type: 'pause', run: 1 })
  await running
  const [{ step }] = all('paused') as [OfType<'paused'>]
  expect(step).toBeGreaterThan(0)
  expect(step).toBeLessThan(10)
  const steps = all('progress').flatMap(({ curves }) => curves[1]!.steps)
  expect(steps).toEqual([0, step])
  expect(all('inspection').at(-1)!.step).toBe(step)
})

test('networks are equal until the activations of the setup take over', async () => {
  const { all, send } = opened()
  const setup: Setup = { ...REVIVAL, first: { ...REVIVAL.first!, steps: 10 }, steps: 10 }
  await send({ type: 'reset', run: 1, setup })
  await send({ type: 'run', run: 1 })
  const before = all('inspection').find(({ at }) => at === 'switch')!
  expect(before.step).toBe(10)
  expect(before.networks[1]!.layers[0]).toEqual(before.networks[0]!.layers[0])
  const losses = [0, 1].map(k => all('progress').flatMap(({ curves }) => curves[k]!.loss))
  expect(losses[1]!.slice(0, 11)).toEqual(losses[0]!.slice(0, 11))
  expect(losses[1]!.slice(11)).not.toEqual(losses[0]!.slice(11))
})

test('a network that diverges is shown as such, and the run ends', async () => {
  const { all, send } = opened()
  const setup: Setup = { ...SMALL, rate: 100, gain: 100, activations: [{ name: 'leakyRelu' }, { name: 'prelu' }] }
  await send({ type: 'reset', run: 1, setup })
  await send({ type: 'run', run: 1 })
  const { curves } = all('progress').at(-1)!
  expect(curves.map(({ divergedAt }) => divergedAt)).toEqual([expect.any(Number), expect.any(Number)])
  expect(all('finished')[0]!.step).toBeLessThan(30)
  expect(all('inspection').at(-1)!.networks[0]!.gradientNorm).toBeNaN()
})

test('a setup that cannot be trained is told, and the networks before stay', async () => {
  const { all, send } = opened()
  await send({ type: 'run', run: 1 })
  expect(all('failed')[0]).toMatchObject({ message: 'There is no network to train.' })
  await send({ type: 'reset', run: 2, setup: SMALL })
  await send({ type: 'reset', run: 3, setup: { ...SMALL, width: 65 } })
  await send({ type: 'reset', run: 4, setup: { ...SMALL, activations: [{ name: 'celu', parameters: { alpha: 0 } }] } })
  await send({ type: 'reset', run: 5, setup: SMALL, processor: 'webgpu' })
  const [, width, alpha, webgpu] = all('failed')
  expect(width).toEqual({
    type: 'failed',
    run: 3,
    message: "The setup's width is 65.",
    fix: 'Take a whole number from 1 to 64.',
  })
  expect(alpha!.message).toContain('alpha')
  expect(webgpu!.message).toContain('WebGPU')
  await send({ type: 'run', run: 6 })
  expect(all('finished')).toEqual([{ type: 'finished', run: 6, step: 30 }])
})

test('claims are judged seed by seed, until they are stopped', async () => {
  const { all, send, types } = opened()
  await send({ type: 'judge', run: 1, claims: ['one-sign', 'one-sign-batch'], seeds: 2, firstSeed: 5 })
  expect(types()).toEqual(['seed', 'seed', 'verdict', 'seed', 'seed', 'verdict', 'judged'])
  expect(all('seed')[1]).toMatchObject({ seed: 6, passed: true, passedSoFar: 2, runSoFar: 2, seeds: 2 })
  expect(all('verdict').map(({ kind }) => kind)).toEqual(['holds', 'fails'])
  const judging = send({ type: 'judge', run: 2, claims: ['explode'], seeds: 20 })
  await new Promise(resolve => setTimeout(resolve, 30))
  await send({ type: 'stop', run: 3 })
  await judging
  expect(all('judged')[1]!.run).toBe(3)
  expect(all('seed').filter(({ run }) => run === 2)).toHaveLength(0)
})

test.each(STORIES)('the story "$title" and its counter-example can be trained', async ({ setup, counterExample }) => {
  const { all, send } = opened()
  for (const one of [setup, counterExample.setup]) {
    // A story as it is, but for its size: with the width and depth of some an inspection takes a while.
    await send({
      type: 'reset',
      run: 1,
      setup: { ...one, width: Math.min(one.width, 8), depth: Math.min(one.depth, 3) },
    })
    expect(() => checkSetup(one)).not.toThrow()
  }
  expect(all('failed')).toEqual([])
  expect(all('ready')).toHaveLength(2)
})

test('digits that cannot be loaded are told, and asked for again', async () => {
  const messages: Message[] = []
  let asked = 0
  const session = new Session(
    message => messages.push(message),
    () => (asked++ === 0 ? Promise.reject(new Error('The digits cannot be loaded.')) : loadDigits()),
  )
  onTestFinished(() => session.close())
  await session.handle({ type: 'reset', run: 1, setup: DIGITS })
  expect(messages).toMatchObject([{ type: 'failed', message: 'The digits cannot be loaded.' }])
  await session.handle({ type: 'reset', run: 2, setup: DIGITS })
  expect(messages[1]).toMatchObject({ type: 'ready', data: { rows: 300, features: 64, classes: 10, points: null } })
})
