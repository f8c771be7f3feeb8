import { fc } from '../../support/fast-check.ts'
import { describe, expect, test } from 'vitest'
import { type Partition, partitionOf } from '../../../src/gpu/plan/grid.ts'
import { declareWorkgroupSize, workgroupSizeOf } from '../../../src/gpu/device/workgroup-size.ts'
import { candidatesFor, type Schedule } from '../../../src/gpu/plan/schedule.ts'
import { fastestOf } from '../../../src/gpu/plan/tuning.ts'

const VECTORS_PER_MASK_WORD = 8

/** The vectors that each invocation takes, as the kernels do. */
function vectorsOf(
  { workgroups, invocations, invocationStride, loopStride, span }: Partition,
  vectors: number,
  size: number,
): number[][] {
  expect(invocations).toBeLessThanOrEqual(workgroups * size)
  return Array.from({ length: invocations }, (_, invocation) => {
    const first = invocation * invocationStride
    const taken: number[] = []
    for (let i = first; i < Math.min(vectors, first + span); i += loopStride) taken.push(i)
    return taken
  })
}

const schedules = fc.record({
  order: fc.constantFrom<Schedule['order']>('strided', 'blocked'),
  workgroups: fc.constantFrom(1, 2, 3, 16, 65535),
  fewestVectors: fc.constantFrom(1, 5, 16),
})

const sizes = fc.constantFrom(64, 128, 256)

describe('who computes what', () => {
  test('each vector is taken once, by any schedule', () => {
    fc.assert(
      fc.property(
        schedules,
        fc.integer({ min: 1, max: 20_000 }),
        sizes,
        fc.constantFrom(1, VECTORS_PER_MASK_WORD, 7),
        (schedule, vectors, size, atOnce) => {
          const partition = partitionOf(schedule, vectors, size, atOnce)
          expect(partition.workgroups).toBeLessThanOrEqual(schedule.workgroups)
          const all = vectorsOf(partition, vectors, size).flat()
          expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: vectors }, (_, i) => i))
        },
      ),
      { numRuns: 50 },
    )
  })

  test('vectors that share words follow each other in one invocation', () => {
    const together = fc.constantFrom(VECTORS_PER_MASK_WORD, 7)
    fc.assert(
      fc.property(
        schedules,
        fc.integer({ min: 1, max: 20_000 }),
        sizes,
        together,
        (schedule, vectors, size, atOnce) => {
          for (const taken of vectorsOf(partitionOf(schedule, vectors, size, atOnce), vectors, size)) {
            if (taken.length === 0) continue
            expect(taken[0]! % atOnce).toBe(0)
            expect(taken).toEqual(taken.map((_, i) => taken[0]! + i))
            const isLast = taken.at(-1) === vectors - 1
            if (!isLast) expect(taken.length % atOnce).toBe(0)
          }
        },
      ),
      { numRuns: 50 },
    )
  })

  test('no invocation is left without work where others have twice as much as need be', () => {
    const { invocationStride, workgroups } = partitionOf(
      { order: 'blocked', workgroups: 16, fewestVectors: 16 },
      2 ** 22,
      256,
    )
    expect({ invocationStride, workgroups }).toEqual({ invocationStride: 1024, workgroups: 16 })
    const all = { order: 'strided', workgroups: 65535, fewestVectors: 1 } as const
    expect(partitionOf(all, 2 ** 20, 256).workgroups).toBe(4096)
    expect(partitionOf(all, 2 ** 20, 128).workgroups).toBe(8192)
  })
})

test.each([
  [1024, 1024, 256],
  [256, 256, 256],
  [255, 1024, 128],
  [256, 130, 128],
  [128, 128, 128],
  [127, 128, 64],
])('of at most %i invocations, and %i side by side, a workgroup has %i', (all, sideBySide, size) => {
  const limits = { maxComputeInvocationsPerWorkgroup: all, maxComputeWorkgroupSizeX: sideBySide }
  expect(workgroupSizeOf({ limits } as GPUDevice)).toBe(size)
  expect(declareWorkgroupSize(size)).toBe(`const WORKGROUP_SIZE = ${size}u;`)
})

test('on SwiftShader workgroups are small, and invocations take more vectors', () => {
  const limits = { maxComputeInvocationsPerWorkgroup: 256, maxComputeWorkgroupSizeX: 256 }
  const adapterInfo = { vendor: 'google', architecture: 'swiftshader', isFallbackAdapter: true }
  const device = { limits, adapterInfo } as GPUDevice
  expect(workgroupSizeOf(device)).toBe(32)
  const partitionOfElements = (elements: number) => partitionOf(candidatesFor(device)[0], elements / 4, 32)
  expect(partitionOfElements(2 ** 10)).toMatchObject({ workgroups: 1, invocations: 32, span: 8 })
  expect(partitionOfElements(2 ** 14)).toMatchObject({ workgroups: 2, invocations: 64, span: 64 })
  expect(partitionOfElements(2 ** 24)).toMatchObject({ workgroups: 16, invocations: 512, span: 8192 })
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
