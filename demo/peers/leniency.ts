import { isGlu } from '../../src/index.ts'
import type { Expectation } from '../measure/check.ts'
import { type Computation, type Data, sliceOf } from '../measure/computation.ts'
import type { Reference } from '../measure/reference.ts'
import { bitsView, floatOf, ulpDistance } from '../support/float32.ts'

// Far beyond the error of any approximation, and far below that of a kernel that computes something else.
const TOLERANCE = 2 ** -10
// The distance at which the other side of a kink is evaluated, relative to x.
const STEP = 2 ** -16

/**
 * The expectations for a peer. They fail only results that are grossly wrong, since peers lose digits near zero and in tails,
 * turn NaN into numbers, and take the other side of a kink. The row states the error.
 */
export function lenientExpectations(
  computation: Computation,
  data: Data,
  references: readonly Int32Array[],
  reference: Reference,
): readonly Expectation[] {
  const { x, dy } = data
  const sidesOf = async (start: number, end: number): Promise<readonly Int32Array[]> => {
    const results: Int32Array[] = []
    for (const direction of [-1, 1]) {
      const moved = sliceOf(data, start, end)
      for (const [i, at] of moved.x.entries()) moved.x[i] = at + direction * Math.max(Math.abs(at), STEP) * STEP
      results.push(...(await reference(computation, moved)).map(bitsView))
    }
    return results
  }
  return computation.results.map(({ name }, i) => ({
    name,
    expectedAt: index => references[i]![index]!,
    deviationAt: (index, expected, actual) => {
      const areFinite = [x[index]!, dy[index]!, floatOf(expected)].every(Number.isFinite)
      return { ulp: ulpDistance(expected, actual), allowed: !areFinite || isNear(floatOf(expected), floatOf(actual)) }
    },
    ...(!isGlu(computation.activation) && { alternatives: sidesOf }),
  }))
}

function isNear(expected: number, actual: number): boolean {
  return Math.abs(actual - expected) <= TOLERANCE * Math.max(1, Math.abs(expected))
}
