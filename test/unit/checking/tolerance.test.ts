import { describe, expect, test } from 'vitest'
import type { Activation, Direction } from '../../../src/activations/support/activation.ts'
import type { GluActivation } from '../../../src/activations/support/glu-activation.ts'
import { gluBits, referenceBits } from '../../../src/reference/reference.ts'
import { isNaNBits } from '../../../src/support/bits.ts'
import { deviationOf, gluDeviation, Rounded } from '../../../src/checking/tolerance.ts'
import * as library from '../../../src/index.ts'
import { samples } from '../../activations/samples.ts'
import { bitsOf } from '../../support/float32.ts'
import { knownPairs } from '../../support/pairs.ts'

const {
  elu,
  gelu,
  geglu,
  glu,
  hardSwish,
  hardSigmoid,
  mish,
  reglu,
  relu,
  sigmoid,
  silu,
  softplus,
  swiglu,
  swish,
  tanh,
} = library

/** Judges `actual` where the reference has `expected`; left out, expected is what the reference says. */
function allows(activation: Activation, direction: Direction, x: number, dy: number, actual: number, off = 0): boolean {
  const [xBits, dyBits] = [bitsOf(x) | 0, bitsOf(dy) | 0]
  const expected = referenceBits(activation, direction, xBits, dyBits) | 0
  const bits = Number.isNaN(actual) && off !== 0 ? expected + off : bitsOf(actual) | 0
  return deviationOf(activation, direction, xBits, dyBits, new Rounded(expected, bits)).allowed
}

const units = (activation: Activation, direction: Direction, x: number, off: number): boolean =>
  allows(activation, direction, x, 1, NaN, off)

/** Whether a gate passes dy at x. */
const isOpen = ({ zeroWhereShut, reference }: Activation, x: number): boolean =>
  !zeroWhereShut || reference.derivative(x, 0) !== 0

describe('a right result is allowed', () => {
  test('within 4 units forward and 8 backward', () => {
    expect([4, -4].map(off => units(sigmoid(), 'forward', 0.3, off))).toEqual([true, true])
    expect([8, -8].map(off => units(tanh(), 'backward', 0.3, off))).toEqual([true, true])
  })

  test('zero, where the bounds reach below the smallest normal number', () => {
    expect(allows(sigmoid(), 'backward', -1.5719108581542969, 8.256073322255226e-38, 0)).toBe(true)
    expect(allows(elu(), 'forward', -1e-40, 1, 0)).toBe(true)
    expect(allows(library.selu(), 'forward', 1.17549421e-38, 1, 0)).toBe(true)
  })

  test('where the derivative crosses zero, an error relative to dy', () => {
    expect(allows(silu(), 'backward', -1.2784645557403564, 1, 0)).toBe(true)
    expect(allows(silu(), 'backward', -1.2784645557403564, 1, 2e-7)).toBe(true)
    expect(allows(silu(), 'backward', -1.2784645557403564, Infinity, NaN)).toBe(true)
    expect(allows(mish(), 'backward', -1.1924312114715576, Infinity, -Infinity)).toBe(true)
  })

  test('NaN for Infinity times a subnormal', () => {
    expect(allows(sigmoid(), 'backward', -88, Infinity, NaN)).toBe(true)
    const pair = (result: 'y' | 'dUp' | 'dGate', gate: number, up: number, dy: number): boolean =>
      gluDeviation(swiglu(), result, bitsOf(gate), bitsOf(up), bitsOf(dy), new Rounded(bitsOf(Infinity), bitsOf(NaN)))
        .allowed
    expect(pair('y', Infinity, 1e-40, 1)).toBe(true)
    expect(pair('dGate', 1, 1e-40, Infinity)).toBe(true)
  })
})

describe('a wrong one is not', () => {
  test('5 units forward and 9 backward', () => {
    expect([5, -5].map(off => units(sigmoid(), 'forward', 0.3, off))).toEqual([false, false])
    expect([9, -9].map(off => units(tanh(), 'backward', 0.3, off))).toEqual([false, false])
  })

  test.each([sigmoid(), softplus(), library.logSigmoid(), hardSigmoid()])('zero for %s at zero and next to it', f => {
    for (const x of [0, -0, 1e-40, -1e-40]) expect(allows(f, 'forward', x, 1, 0)).toBe(false)
  })

  test('zero or another sign in the tail of a derivative that crosses zero elsewhere', () => {
    for (const f of [silu(), gelu(), mish()]) {
      const x = f.name === 'gelu' ? -5 : -20
      for (const actual of [0, 1e-8]) expect(allows(f, 'backward', x, 1, actual)).toBe(false)
    }
  })

  test.each([4, -4, 0.01, -0.01])(
    '16 units, further than 1 / (4 |beta|) from the zero of the derivative, beta %s',
    beta => {
      const off = (distance: number): boolean => units(swish({ beta }), 'backward', (distance - 1.2784645) / beta, 16)
      expect([-0.3, -0.2, 0.2, 0.3].map(off)).toEqual([false, true, true, false])
    },
  )

  test('NaN for a number, a number for NaN', () => {
    for (const f of [sigmoid(), elu(), hardSwish()]) {
      expect(allows(f, 'forward', 1, 1, NaN)).toBe(false)
      expect(allows(f, 'forward', NaN, 1, 1)).toBe(false)
      expect(allows(f, 'backward', 1, 1, NaN)).toBe(false)
      expect(allows(f, 'backward', 1, NaN, 1)).toBe(false)
    }
  })

  const numbers = [0, -0, 1e-40, 1, -1, Infinity]
  const everywhere = [
    0,
    -0,
    1e-40,
    -1e-40,
    0.3,
    -0.3,
    1,
    -1,
    5,
    -5,
    20,
    -20,
    100,
    -100,
    1e38,
    -1e38,
    Infinity,
    -Infinity,
  ]
  const all = samples.map(({ activation }) => activation)

  test.each(all)('a number for a NaN that %s is given', f => {
    for (const actual of numbers) {
      expect(allows(f, 'forward', NaN, 1, actual)).toBe(false)
      for (const dy of everywhere) if (isOpen(f, NaN)) expect(allows(f, 'backward', NaN, dy, actual)).toBe(false)
      for (const x of everywhere) if (isOpen(f, x)) expect(allows(f, 'backward', x, NaN, actual)).toBe(false)
    }
  })

  test.each(knownPairs)('a number for a NaN that $pair.name is given', ({ pair }) => {
    const given = [NaN, ...everywhere].map(bitsOf)
    for (const result of ['y', 'dGate', 'dUp'] as const) {
      for (const [gate, up, dy] of given.flatMap((one, i) =>
        given.map((other, j) => [one, other, given[(i + j) % given.length]!] as const),
      )) {
        const expected = gluBits(pair, result, gate, up, dy)
        const others = result === 'y' ? [up] : result === 'dUp' ? [dy] : [up, dy]
        if (!isNaNBits(expected) || ![gate, ...others].some(isNaNBits)) continue
        for (const actual of numbers) {
          expect(gluDeviation(pair, result, gate, up, dy, new Rounded(expected, bitsOf(actual))).allowed).toBe(false)
        }
      }
    }
  })

  test('anything but +0 behind a shut gate', () => {
    for (const actual of [-0, 1e-45, NaN]) expect(allows(hardSwish(), 'backward', -4, NaN, actual)).toBe(false)
    expect(allows(relu(), 'backward', -1, 1, -0)).toBe(false)
    const shut = gluDeviation(reglu(), 'dGate', bitsOf(-1), bitsOf(1), bitsOf(NaN), new Rounded(0, bitsOf(NaN)))
    expect(shut.allowed).toBe(false)
  })

  test('a pair that gives zero for f(0) times something', () => {
    const zero = (pair: GluActivation, result: 'y' | 'dUp', expected: number): boolean =>
      gluDeviation(pair, result, 0, bitsOf(1e10), bitsOf(1e10), new Rounded(bitsOf(expected), 0)).allowed
    expect(zero(glu(), 'y', 5e9)).toBe(false)
    expect(zero(glu(), 'dUp', 5e9)).toBe(false)
    const tail = gluDeviation(geglu(), 'dGate', bitsOf(-5), bitsOf(1), bitsOf(1), new Rounded(bitsOf(-7.1e-6), 0))
    expect(tail.allowed).toBe(false)
  })
})
