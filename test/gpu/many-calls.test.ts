import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { Random } from '../faults/random.ts'
import { randomCall } from '../faults/random-calls.ts'
import { requestDevice } from '../../src/gpu/device/device.ts'
import { dispatcherWith, trackBuffers } from '../support/dispatcher.ts'
import { isBrowser } from '../support/lanes.ts'

// More calls than anybody makes by hand: at once, and one after the other. `npm run faults -- --soak` makes many more.

// Of all tests here, so that each kernel is compiled once.
let device: GPUDevice
let buffers: ReturnType<typeof trackBuffers>
beforeAll(async () => {
  device = await requestDevice()
  buffers = trackBuffers(device)
})
afterAll(() => device.destroy())

test('1,000 calls in flight, of all activations, formats and sizes: each right', async () => {
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device })
  const random = new Random(1)
  const calls = Array.from({ length: 1000 }, () => randomCall(random, random.integer(0, 1500)))
  const results = await Promise.all(calls.map(call => call.make(dispatcher)))
  const faults = results.map((result, i) => calls[i]!.judge(result)).filter(fault => fault !== undefined)
  expect(faults).toEqual([])
  expect(dispatcher.report).toMatchObject({ fallbacks: 0, quarantined: [] })
})

test('two dispatchers on one device, in turns: each right, and one outlives the other', async () => {
  const [one, other] = await Promise.all([1, 2].map(() => dispatcherWith({ processor: 'webgpu', device })))
  const random = new Random(2)
  const calls = Array.from({ length: 100 }, () => randomCall(random, random.integer(0, 1500)))
  const pending = calls.map((call, i) => call.make((i % 2 === 0 ? one! : other!).dispatcher))
  other!.dispatcher.destroy()
  for (const [i, settled] of (await Promise.allSettled(pending)).entries()) {
    if (i % 2 === 0) expect(settled.status === 'fulfilled' && calls[i]!.judge(settled.value)).toBeUndefined()
    else if (settled.status === 'rejected') expect(settled.reason).toMatchObject({ code: 'destroyed' })
    // What is empty is answered at once.
    else expect(calls[i]!.judge(settled.value)).toBeUndefined()
  }
  expect(one!.dispatcher.report.fallbacks).toBe(0)
})

/** Collects garbage, where that can be asked for. */
async function collector(): Promise<(() => number) | undefined> {
  if (isBrowser) return undefined
  const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([import('node:v8'), import('node:vm')])
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  return () => {
    collect()
    return process.memoryUsage().heapUsed
  }
}

test('nothing grows over many calls, with new parameters and slopes in each', async () => {
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device })
  const random = new Random(3)
  const heap = await collector()
  const heaps: number[] = []
  const alive: number[] = []
  const faults: string[] = []
  // As many as show it on one lane, where they take least.
  const rounds = inject('lane') === 'node-lavapipe' ? 20 : 4
  for (let round = 0; round < rounds; round++) {
    const calls = Array.from({ length: 100 }, () => randomCall(random, random.integer(1, 200)))
    const results = await Promise.all(calls.map(call => call.make(dispatcher)))
    faults.push(...results.flatMap((result, i) => calls[i]!.judge(result) ?? []))
    alive.push(buffers.live.size)
    if (heap !== undefined) heaps.push(heap())
  }
  expect(faults).toEqual([])
  expect(dispatcher.report.fallbacks).toBe(0)
  const most = (values: readonly number[]): number => Math.max(...values)
  const half = rounds / 2
  expect(most(alive.slice(half))).toBeLessThanOrEqual(most(alive.slice(0, half)) * 1.5)
  const growth = Math.min(...heaps.slice(half)) - most(heaps.slice(0, half))
  if (heap !== undefined) expect(growth).toBeLessThan(8 * 2 ** 20)
  dispatcher.destroy()
  expect([...buffers.live]).toEqual([])
})
