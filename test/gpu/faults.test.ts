import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { GpuBench, trialsFor } from '../faults/gpu-bench.ts'
import { GPU_PROCESSORS, GPU_ROWS } from '../faults/gpu-rows.ts'
import { STEPS } from '../faults/steps.ts'

// The GPU's part of the fault table, with one kind of call in each row: `npm run faults` takes them all.

const bench = new GpuBench(navigator.gpu, true)

// lavapipe, which compiles fastest, takes every row on one processor; the others take a sample of these.
const EVERY: Readonly<Record<string, number>> = { 'node-swiftshader': 28, browser: 14 }
const every = EVERY[inject('lane')] ?? 1

const cases = GPU_ROWS.flatMap((row, i) => {
  const { step, failure, when, at } = row
  // Neighbouring rows are about one step, and come to different outcomes on the three.
  const processor = GPU_PROCESSORS[i % GPU_PROCESSORS.length]!
  const name = `${step} ${failure.name}, ${when}${at === 'all' ? ', every time' : ''}, ${processor}`
  return i % every === 0 ? [[name, row, processor, i] as const] : []
})

describe('right, or a typed error', () => {
  beforeAll(() => bench.install())
  afterAll(async () => expect(await bench.restore()).toEqual([]))

  test.each(cases)('%s', async (_, row, processor, i) => {
    const trials = trialsFor(row)
    const { problems } = await bench.run(row, processor, trials[i % trials.length]!)
    expect(problems).toEqual([])
  })
})

test('each step has a row', () => {
  expect(new Set(GPU_ROWS.map(({ step }) => step))).toEqual(new Set(STEPS))
})
