import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { GpuBench, trialsFor } from '../faults/gpu-bench.ts'
import { GPU_PROCESSORS, GPU_ROWS, type GpuProcessor } from '../faults/gpu-rows.ts'
import { STEPS } from '../faults/steps.ts'

// The GPU's part of the fault table, with one kind of call in each row: `npm run faults` takes them all.

const bench = new GpuBench(navigator.gpu, true)

// lavapipe, which compiles fastest, takes the whole table, the others a sample of it.
const EVERY: Readonly<Record<string, number>> = { 'node-swiftshader': 40, browser: 20 }
const every = EVERY[inject('lane')] ?? 1

function processorsFor(row: number): readonly GpuProcessor[] {
  return GPU_PROCESSORS.filter((_, i) => (row * GPU_PROCESSORS.length + i) % every === 0)
}

describe('right, or a typed error', () => {
  beforeAll(() => bench.install())
  afterAll(async () => expect(await bench.restore()).toEqual([]))

  const cases = GPU_ROWS.flatMap((row, i) => {
    const { step, failure, when, at } = row
    const name = `${step} ${failure.name}, ${when}${at === 'all' ? ', every time' : ''}`
    return processorsFor(i).map(processor => [`${name}, ${processor}`, row, processor, i] as const)
  })
  test.each(cases)('%s', async (_, row, processor, i) => {
    const trials = trialsFor(row)
    const { problems } = await bench.run(row, processor, trials[Math.floor(i / GPU_PROCESSORS.length) % trials.length]!)
    expect(problems).toEqual([])
  })
})

test('each step has a row', () => {
  expect(new Set(GPU_ROWS.map(({ step }) => step))).toEqual(new Set(STEPS))
})
