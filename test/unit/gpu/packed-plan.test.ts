import { expect, test } from 'vitest'
import { readCall } from '../../../src/gpu/bindings/call.ts'
import { BufferUsage } from '../../../src/gpu/device/constants.ts'
import { Planner } from '../../../src/gpu/plan/planner.ts'
import type { ConstantBuffers } from '../../../src/gpu/programs/constant-buffers.ts'
import { swiglu } from '../../../src/index.ts'
import { stubDevice } from '../../support/stub-device.ts'

const bufferOf = (size: number) => ({ buffer: { size, usage: BufferUsage.STORAGE, mapState: 'unmapped' } })

/** The vectors of an invocation, and the order of its loop, of backward over rows of 7 columns as halves. */
function partitionOf(format: 'f32' | 'f16', columns: number) {
  let geometry: Uint32Array = new Uint32Array()
  const uniform = (name: string, words: Uint32Array) => {
    if (name === 'geometry') geometry = words
    return {}
  }
  const planner = new Planner(stubDevice(), { uniform } as unknown as ConstantBuffers)
  const [x, dy, dx] = [4, 2, 4].map(bytes => bufferOf(1000 * columns * bytes * (format === 'f32' ? 2 : 1)))
  const call = readCall('backward', swiglu(), { x, dy, dx, columns, format })
  expect(planner.drafts(call, 0)).toHaveLength(1)
  const [, , , , invocationStride, loopStride, span] = geometry
  return { invocationStride, loopStride, span }
}

// A driver on a CPU would hardly tell: neighbours there run one after the other.
test('gate and up that share words of 16 bits belong to one invocation', () => {
  const { invocationStride, loopStride, span } = partitionOf('f16', 7)
  expect({ loopStride, span, rest: span! % 7 }).toEqual({ loopStride: 1, span: invocationStride, rest: 0 })
  for (const [format, columns] of [
    ['f32', 7],
    ['f16', 6],
    ['f16', 1],
  ] as const) {
    expect(partitionOf(format, columns).invocationStride).toBe(1)
  }
})
