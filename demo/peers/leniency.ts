import { referenceBits } from '../../src/reference/reference.ts'
import { bitsView, floatOf, isNaNBits } from '../../src/support/bits.ts'
import { ulpDistance } from '../../src/checking/tolerance.ts'
import { isGlu } from '../../src/activations/support/glu-activation.ts'
import type { Expectation } from '../measure/check.ts'
import type { Computation, Data, ExpectedAt, Judge } from '../measure/computation.ts'

// Far beyond the error of any approximation, and far below that of a kernel that computes something else.
const TOLERANCE = 2 ** -10
// How far from a kink its other side is looked for, relative to x.
const STEP = 2 ** -16

/**
 * What is expected of a peer, so that its time counts for something. How inaccurate it is the row tells, but only what is
 * grossly wrong is a failure: peers lose digits near zero and in tails, turn NaN to numbers, and take the other side of a kink.
 */
export function lenientExpectations(
  { activation, direction, results }: Computation,
  data: Data,
  truths: readonly ExpectedAt[],
): Expectation[] {
  const [x, dy] = [bitsView(data.x), bitsView(data.dy)]
  const judge: Judge = (i, expected, actual) => {
    const ulp = ulpDistance(expected, actual)
    const isFinite = [x[i]!, dy[i]!, expected].every(bits => Number.isFinite(floatOf(bits)))
    if (!isFinite || isNear(expected, actual)) return { ulp, allowed: true }
    if (isGlu(activation)) return { ulp, allowed: false }
    const at = floatOf(x[i]!)
    const step = Math.max(Math.abs(at), STEP) * STEP
    const sides = [at - step, at + step].map(side => referenceBits(activation, direction, bitsOf(side), dy[i]!, i))
    return { ulp, allowed: sides.some(side => isNear(side, actual)) }
  }
  return results.map((result, i) => ({ name: result.name, expected: truths[i]!, judge }))
}

function isNear(expected: number, actual: number): boolean {
  if (isNaNBits(actual)) return false
  const truth = floatOf(expected)
  return Math.abs(floatOf(actual) - truth) <= TOLERANCE * Math.max(1, Math.abs(truth))
}

const word = new Float32Array(1)
const wordBits = new Int32Array(word.buffer)

function bitsOf(value: number): number {
  word[0] = value
  return wordBits[0]!
}
