import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Order, orderOf } from '../src/gpu/grid.ts'
import type { Schedule } from '../src/gpu/schedule.ts'
import { fastestOf } from '../src/gpu/tuning.ts'

const INVOCATIONS_IN_A_WORKGROUP = 256
const GROUPS_IN_A_WORD = 8

/** The groups that each invocation takes, as the kernels do. */
function groupsOf({ workgroups, invocations, run, stride, reach }: Order, groups: number): number[][] {
  expect(invocations).toBeLessThanOrEqual(workgroups * INVOCATIONS_IN_A_WORKGROUP)
  return Array.from({ length: invocations }, (_, invocation) => {
    const first = invocation * run
    const taken: number[] = []
    for (let i = first; i < Math.min(groups, first + reach); i += stride) taken.push(i)
    return taken
  })
}

const schedules = fc.record({
  order: fc.constantFrom<Schedule['order']>('strided', 'blocked'),
  workgroups: fc.constantFrom(1, 2, 3, 16, 65535),
  fewestGroups: fc.constantFrom(1, 5, 16),
})

describe('who computes what', () => {
  test('each group of lanes is taken once, by any schedule', () => {
    fc.assert(
      fc.property(schedules, fc.integer({ min: 1, max: 20_000 }), fc.boolean(), (schedule, groups, masked) => {
        const order = orderOf(schedule, groups, masked)
        expect(order.workgroups).toBeLessThanOrEqual(schedule.workgroups)
        const all = groupsOf(order, groups).flat()
        expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: groups }, (_, i) => i))
      }),
      { numRuns: 50 },
    )
  })

  test('the groups of a word of a mask follow each other in one invocation', () => {
    fc.assert(
      fc.property(schedules, fc.integer({ min: 1, max: 20_000 }), (schedule, groups) => {
        for (const taken of groupsOf(orderOf(schedule, groups, true), groups)) {
          if (taken.length === 0) continue
          expect(taken[0]! % GROUPS_IN_A_WORD).toBe(0)
          expect(taken).toEqual(taken.map((_, i) => taken[0]! + i))
          const isLast = taken.at(-1) === groups - 1
          if (!isLast) expect(taken.length % GROUPS_IN_A_WORD).toBe(0)
        }
      }),
      { numRuns: 50 },
    )
  })

  test('no invocation is left without work where others have twice as much as need be', () => {
    const { run, workgroups } = orderOf({ order: 'blocked', workgroups: 16, fewestGroups: 16 }, 2 ** 22)
    expect({ run, workgroups }).toEqual({ run: 1024, workgroups: 16 })
    expect(orderOf({ order: 'strided', workgroups: 65535, fewestGroups: 1 }, 2 ** 20).workgroups).toBe(4096)
  })
})

describe('the fastest schedule', () => {
  /** Candidates that take so long, and every seventh time longer. */
  const taking = (...milliseconds: number[]) => {
    let runs = 0
    return (candidate: number, repeats: number) =>
      Promise.resolve(milliseconds[candidate]! * repeats * (runs++ % 7 === 0 ? 5 : 1))
  }

  test.each([
    ['the first, where all are alike', [3, 3, 3], 0],
    ['the first, where another is hardly faster', [3, 2.9], 0],
    ['another that is clearly faster', [3, 2, 4], 1],
    ['what is short is repeated', [0.001, 0.002, 0.0005], 2],
  ])('%s', async (_, milliseconds, fastest) => {
    expect(await fastestOf(milliseconds.length, taking(...milliseconds))).toBe(fastest)
  })
})
