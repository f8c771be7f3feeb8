import { referenceBits } from '../../src/reference/reference.ts'
import { bitsView, isNaNBits } from '../../src/support/bits.ts'
import { deviationOf, Rounded } from '../../src/checking/tolerance.ts'
import type { Activation, Direction } from '../../src/index.ts'
import type { Result } from './survey.ts'

const ONE = 0x3f800000
const NAN = 0x7fc00000
const INFINITY = 0x7f800000
const SIGN = 0x80000000

/** NaN, with a payload and signalling too; the infinities, zeros, smallest and largest subnormal and normal numbers. */
const X_BITS: readonly number[] = [
  NAN,
  0xffc12345,
  0x7f800001,
  ...[INFINITY, 0, 0x00000001, 0x000116c2, 0x007fffff, 0x00800000, 0x7f7fffff].flatMap(bits => [bits, bits | SIGN]),
]
/** 1, NaN, the infinities and zeros. */
const DY_BITS: readonly number[] = [ONE, NAN, INFINITY, INFINITY | SIGN, 0, SIGN]

/** The number of special cases that passed, and those that failed. */
export interface SpecialCases {
  readonly passed: number
  readonly cases: number
  readonly failures: readonly Result[]
}

/** x at its special values; backward, each of them with each special dy. */
export function specialInputs(direction: Direction): { readonly x: Float32Array; readonly dy?: Float32Array } {
  if (direction === 'forward') return { x: fromBits(X_BITS) }
  return {
    x: fromBits(X_BITS.flatMap(x => DY_BITS.map(() => x))),
    dy: fromBits(X_BITS.flatMap(() => DY_BITS)),
  }
}

/** The same for a gated pair: each gate with each up, and backward each of them with each dy. */
export function pairSpecialInputs(direction: Direction): Record<'gate' | 'up' | 'dy', Float32Array> {
  const gradients = direction === 'forward' ? [ONE] : DY_BITS
  const cases = X_BITS.flatMap(gate => DY_BITS.flatMap(up => gradients.map(dy => [gate, up, dy] as const)))
  return {
    gate: fromBits(cases.map(([gate]) => gate)),
    up: fromBits(cases.map(([, up]) => up)),
    dy: fromBits(cases.map(([, , dy]) => dy)),
  }
}

/**
 * Checks the results at the special inputs against the numeric contract.
 *
 * @param anyNaN accepts any NaN, for libraries that do not specify its payload
 */
export function judgeSpecialCases(
  activation: Activation,
  direction: Direction,
  { x, dy }: { readonly x: Float32Array; readonly dy?: Float32Array | undefined },
  result: Float32Array,
  anyNaN: boolean,
): SpecialCases {
  const failures: Result[] = []
  const actual = bitsView(result)
  for (const [i, input] of bitsView(x).entries()) {
    const gradient = dy === undefined ? 0 : bitsView(dy)[i]!
    const expected = referenceBits(activation, direction, input, gradient) | 0
    const passed =
      expected === actual[i] ||
      (anyNaN && isNaNBits(expected) && isNaNBits(actual[i]!)) ||
      deviationOf(activation, direction, input, gradient, new Rounded(expected, actual[i]!)).allowed
    if (!passed) failures.push({ x: input, ...(dy && { dy: gradient }), expected, actual: actual[i]! })
  }
  return { passed: x.length - failures.length, cases: x.length, failures }
}

function fromBits(bits: readonly number[]): Float32Array<ArrayBuffer> {
  const array = new Float32Array(bits.length)
  bitsView(array).set(bits)
  return array
}
