import { describe, expect, test, vi } from 'vitest'
import type { Call } from '../../../src/dispatcher/calls.ts'
import { type Costs, Crossover, crossoverOf, type KernelCosts } from '../../../src/dispatcher/crossover.ts'

// Which calls are worth a round trip to the GPU, by costs that are made up.

// In powers of two, which divide exactly: 0.95 ns in milliseconds.
const ns = 2 ** -20
const nothing = { fixed: 0, slope: 0 }
// 0.19 ms, and 0.12 ns a byte: 8.4 GB/s.
const roundTrip = { fixed: 200_000 * ns, slope: ns / 8 }

describe('the length from which on the GPU is faster', () => {
  const cases: readonly [string, Partial<KernelCosts>, number][] = [
    ['an exact function', { onCpu: 5 * ns }, 200_000 / (5 - 1)],
    ['its gradient', { onCpu: 5 * ns, bytesPerElement: 12 }, Math.ceil(200_000 / (5 - 1.5))],
    ['in 16 bits', { onCpu: 5 * ns, bytesPerElement: 4 }, Math.ceil(200_000 / (5 - 0.5))],
    ['with a check', { onCpu: 5 * ns, check: { fixed: 100_000 * ns, slope: ns } }, 300_000 / (5 - 1 - 1)],
    ['whose check takes as long as the CPU', { onCpu: 5 * ns, check: { fixed: 0, slope: 5 * ns } }, Infinity],
    ['that is as fast as the round trip', { onCpu: ns }, Infinity],
    ['that is faster', { onCpu: 0.3 * ns }, Infinity],
  ]
  test.each(cases)('%s', (_, costs, elements) => {
    expect(crossoverOf(roundTrip, { onCpu: 0, check: nothing, bytesPerElement: 8, ...costs })).toBe(elements)
  })
})

function call(kernel: string, length: number): Call<unknown> {
  return { kernel, length } as Call<unknown>
}

function crossoverWith(costs: Partial<Costs> = {}) {
  const measured = {
    roundTrip: vi.fn(costs.roundTrip ?? (async () => roundTrip)),
    kernel: vi.fn(costs.kernel ?? (async () => ({ onCpu: 3 * ns, check: nothing, bytesPerElement: 8 }))),
  }
  return { crossover: new Crossover(measured), measured }
}

describe('what is measured', () => {
  test('nothing before a call is long enough, then its kernel, once', async () => {
    const { crossover, measured } = crossoverWith()
    expect(crossover.favoursGpu(call('gelu forward', 65_535))).toBe(false)
    expect(crossover.report).toEqual({ measured: false, elements: {} })
    const calls = [65_536, 99_999, 200_000].map(async length => crossover.favoursGpu(call('gelu forward', length)))
    expect(await Promise.all(calls)).toEqual([false, false, true])
    expect(crossover.report).toEqual({ measured: true, elements: { 'gelu forward': 100_000 } })
    // At once from now on, and shorter ones by what was found.
    expect(crossover.favoursGpu(call('gelu forward', 99_999))).toBe(false)
    expect(crossover.favoursGpu(call('gelu forward', 100_000))).toBe(true)
    expect(measured.roundTrip).toHaveBeenCalledTimes(1)
    expect(measured.kernel).toHaveBeenCalledTimes(1)
    await crossover.favoursGpu(call('gelu backward', 70_000))
    expect(measured.kernel).toHaveBeenCalledTimes(2)
    expect(measured.kernel.mock.lastCall).toEqual([call('gelu backward', 70_000)])
  })

  test('a length below what is measured for, where that is worth it', async () => {
    const { crossover } = crossoverWith({
      kernel: async () => ({ onCpu: 101 * ns, check: nothing, bytesPerElement: 8 }),
    })
    expect(await crossover.favoursGpu(call('erf', 70_000))).toBe(true)
    expect(crossover.favoursGpu(call('erf', 2000))).toBe(true)
    expect(crossover.favoursGpu(call('erf', 1999))).toBe(false)
  })

  const failures: readonly [string, Partial<Costs>][] = [
    ['a round trip that fails', { roundTrip: () => Promise.reject(new Error('lost')) }],
    ['a clock that is too coarse for the round trip', { roundTrip: async () => undefined }],
    ['a clock that is too coarse for the kernel', { kernel: async () => undefined }],
    ['no memory', { kernel: () => Promise.reject(new Error('out of memory')) }],
  ]
  test.each(failures)('%s: a constant', async (_, costs) => {
    const { crossover, measured } = crossoverWith(costs)
    expect(await crossover.favoursGpu(call('gelu forward', 2 ** 20 - 1))).toBe(false)
    expect(crossover.favoursGpu(call('gelu forward', 2 ** 20))).toBe(true)
    expect(crossover.report).toEqual({ measured: false, elements: { 'gelu forward': 2 ** 20 } })
    expect(measured.roundTrip).toHaveBeenCalledTimes(1)
  })

  test('nothing where nothing is to be', () => {
    const crossover = new Crossover(undefined)
    expect(crossover.favoursGpu(call('relu forward', 2 ** 20 - 1))).toBe(false)
    expect(crossover.favoursGpu(call('relu forward', 2 ** 20))).toBe(true)
    expect(crossover.report).toEqual({ measured: false, elements: { 'relu forward': 2 ** 20 } })
  })
})
