import { describe, expect, test } from 'vitest'
import { lineThrough, stepOf, timeOf } from '../../../src/support/timing.ts'

/** A clock that moves by what work takes, in steps. */
function machine(step: number): { clock: () => number; spend: (ms: number) => void; spent: () => number } {
  let time = 123.456
  // To read a clock takes a little.
  const clock = (): number => Math.floor((time += 1e-4) / step) * step
  return { clock, spend: ms => void (time += ms), spent: () => time - 123.456 }
}

describe.each([0.0001, 0.005, 0.1, 1])('a clock of %f ms', step => {
  test.each([0.001, 0.03, 0.7, 4, 30])('work of %f ms', async ms => {
    const { clock, spend, spent } = machine(step)
    const time = await timeOf(() => spend(ms), 10, clock)
    expect(time).toBeGreaterThan(0.75 * ms)
    expect(time).toBeLessThan(1.3 * ms + 0.001)
    expect(spent()).toBeLessThan(30 + 3 * ms)
  })

  test('a line', async () => {
    const { clock, spend } = machine(step)
    const line = await lineThrough(length => spend(0.3 + 0.002 * length), [10, 1000], 10, clock)
    expect(line!.fixed).toBeGreaterThan(0.2)
    expect(line!.fixed).toBeLessThan(0.45)
    expect(line!.slope).toBeGreaterThan(0.0015)
    expect(line!.slope).toBeLessThan(0.0026)
  })
})

test('the fastest batch counts, and the first turn does not', async () => {
  const { clock, spend } = machine(0.0001)
  let turn = 0
  const slow = [1, 9, 7, 2, 8]
  const time = await timeOf(() => spend(slow[turn++] ?? 8), 100, clock)
  expect(time).toBeCloseTo(2, 1)
})

test('work that is done when its promise resolves', async () => {
  const { clock, spend } = machine(0.1)
  const time = await timeOf(() => Promise.resolve().then(() => spend(3)), 10, clock)
  expect(time).toBeCloseTo(3, 0)
})

test('a longer one that seems faster is a line without a slope', async () => {
  const { clock, spend } = machine(0.0001)
  const line = await lineThrough(length => spend(3 - length / 1000), [10, 1000], 10, clock)
  expect(line).toEqual({ fixed: expect.closeTo(2.99, 1) as number, slope: 0 })
})

test.each([5, 100])('no time by a clock of %i ms', async step => {
  const { clock, spend, spent } = machine(step)
  expect(await timeOf(() => spend(1), 10, clock)).toBeUndefined()
  expect(await lineThrough(() => spend(1), [1, 2], 10, clock)).toBeUndefined()
  expect(spent()).toBeLessThan(50)
})

test('nor by one that stands still', async () => {
  expect(
    await timeOf(
      () => {},
      10,
      () => 0,
    ),
  ).toBeUndefined()
})

test('what the work throws', async () => {
  const failing = timeOf(() => Promise.reject(new Error('no')), 10)
  await expect(failing).rejects.toThrow('no')
})

test('a thread that is held up once takes no clock for a coarse one', () => {
  const readings = [0, 0, 25, 25, 25.5, 25.5, 26, 26]
  expect(stepOf(() => readings.shift() ?? 26)).toBe(0.5)
  expect(stepOf(() => 7)).toBeUndefined()
})
