import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ThreadWorker } from '../support/worker.ts'
import { cpuTrialsFor, runCpuRow } from './cpu-bench.ts'
import { CPU_PROCESSORS, CPU_ROWS } from './cpu-rows.ts'

// The CPU's part of the fault table. Each row with one kind of call, another in each row: `npm run faults` takes them all.

beforeAll(() => void vi.stubGlobal('Worker', ThreadWorker))
afterAll(() => void vi.unstubAllGlobals())

describe.each(CPU_PROCESSORS)('%s', processor => {
  test.each(CPU_ROWS.map((row, i) => [`${row.step} ${row.failure.name}, ${row.when}`, row, i] as const))(
    '%s',
    async (_, row, i) => {
      const trials = cpuTrialsFor(row, processor)
      const { problems } = await runCpuRow(row, processor, trials[i % trials.length]!)
      expect(problems).toEqual([])
    },
    30_000,
  )
})
