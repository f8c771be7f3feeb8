import type { Activation } from '../../src/activations/support/activation.ts'
import { type GluActivation, isGlu } from '../../src/activations/support/glu-activation.ts'
import type { Format } from '../../src/index.ts'
import { backwardFault, type Fault, forwardFault } from '../support/contract.ts'
import { toBits } from '../support/float32.ts'
import { expectRightHalves, expectSameWords, fromHalf, type HalfFormat, toHalf } from '../support/half.ts'
import { preluBackward, preluForward } from '../support/prelu.ts'
import { type Smooth, smooth } from '../support/smooth.ts'
import * as family from '../support/truth.ts'
import type { Words } from './arrays.ts'
import { expectPairForward } from './pair-truth.ts'

// What the results of a call have to be, by the numeric contract and not by the library: the parameters are those that a case
// gave, rounded to float32 here.

/** The parameters of an activation as a case gave them, defaults written out. */
export interface Subject {
  readonly name: string
  readonly parameters: Readonly<Record<string, number | string | Float32Array>>
}

const LARGEST = 2 ** 128 - 2 ** 104

type Arrays = readonly [
  forward: (x: Float32Array) => Float32Array,
  backward: (x: Float32Array, dy: Float32Array) => Float32Array,
]

interface Formula {
  readonly value: (x: number, element: number) => number
  readonly derivative: (x: number, element: number) => number
  /** The relu family, as arrays: exact in float32. */
  readonly arrays?: Arrays
  /** Whether dy passes: for those that have masks. */
  readonly isOpen?: (x: number) => boolean
}

function formulaOf({ name, parameters }: Subject): Formula {
  const number = (key: string): number => Math.fround(parameters[key] as number)
  const gate = (isOpen: (x: number) => boolean, value: (x: number) => number, arrays: Arrays): Formula => ({
    value,
    derivative: x => (isOpen(x) ? 1 : 0),
    arrays,
    isOpen,
  })
  switch (name) {
    case 'relu':
      return gate(
        x => !(x <= 0),
        x => (x < 0 ? 0 : x),
        [family.reluForward, family.reluBackward],
      )
    case 'relu6':
      return within(0, 6)
    case 'hardTanh':
      return within(number('minValue'), number('maxValue'))
    case 'leakyRelu':
      return sloped(Float32Array.of(number('alpha')), 1)
    case 'prelu': {
      const { alpha, inner } = parameters
      return sloped(alpha instanceof Float32Array ? alpha : Float32Array.of(alpha as number), inner as number)
    }
    case 'threshold': {
      const [bound, value] = [number('threshold'), number('value')]
      return gate(
        x => !(x <= bound),
        x => (x > bound ? x : value),
        [x => family.thresholdForward(bound, value, x), (x, dy) => family.thresholdBackward(bound, x, dy)],
      )
    }
    case 'hardShrink':
    case 'softShrink': {
      const lambda = Math.abs(number('lambda'))
      const shrink = name === 'hardShrink' ? family.hardShrinkForward : family.softShrinkForward
      const towardsZero = name === 'hardShrink' ? 0 : lambda
      return gate(
        x => Math.abs(x) > lambda,
        x => (Math.abs(x) > lambda ? x - Math.sign(x) * towardsZero : 0),
        [x => shrink(lambda, x), (x, dy) => family.shrinkBackward(lambda, x, dy)],
      )
    }
    case 'step':
      return { value: x => (x > 0 ? 1 : 0), derivative: () => 0, arrays: [family.stepForward, family.stepBackward] }
    case 'squaredRelu':
      return {
        value: x => (x > 0 ? x * x : 0),
        derivative: x => (x > 0 ? 2 * x : 0),
        arrays: [family.squaredReluForward, family.squaredReluBackward],
      }
    case 'elu':
      return smooth.elu(number('alpha'))
    case 'celu':
      return smooth.celu(number('alpha'))
    case 'softplus': {
      const beta = number('beta')
      const { value, derivative } = smooth.softplus
      return { value: x => value(beta * x) / beta, derivative: x => derivative(beta * x) }
    }
    case 'softsign': {
      // Documented: an infinite x is as the largest finite one.
      const { value, derivative } = smooth.softsign
      return { value, derivative: x => derivative(Math.max(-LARGEST, Math.min(x, LARGEST))) }
    }
    case 'gelu':
      return parameters['approximate'] === 'tanh' ? smooth.geluTanh : smooth.gelu
    default:
      return smooth[name as 'tanh'] satisfies Smooth
  }
}

function within(lowest: number, highest: number): Formula {
  const isOpen = (x: number): boolean => x > lowest && x < highest
  return {
    value: x => Math.min(Math.max(x, lowest), highest),
    derivative: x => (isOpen(x) ? 1 : 0),
    arrays: [
      x => family.hardTanhForward(lowest, highest, x),
      (x, dy) => family.hardTanhBackward(lowest, highest, x, dy),
    ],
    isOpen,
  }
}

function sloped(alpha: Float32Array, inner: number): Formula {
  const slope = (element: number): number => alpha[Math.floor(element / inner) % alpha.length]!
  return {
    value(x, element) {
      if (x > 0) return x
      return slope(element) === 0 && x === -Infinity ? 0 : slope(element) * x
    },
    derivative: (x, element) => (x > 0 ? 1 : slope(element)),
    arrays: [x => preluForward({ alpha, inner }, x), (x, dy) => preluBackward({ alpha, inner }, x, dy)],
    isOpen: x => x > 0,
  }
}

/** What a call was given: words by the names of the tensors. */
export interface Given {
  readonly subject: Subject
  readonly made: Activation | GluActivation
  readonly format: Format
  readonly inputs: Readonly<Record<string, Words>>
}

/** Expects the results of forward: y, and perhaps a mask. */
export function expectForward({ subject, made, format, inputs }: Given, y: Words, mask?: Uint32Array): void {
  if (isGlu(made)) return expectPairForward(subject, format, inputs, y)
  const x = inputs['x']!
  if (format === 'i32')
    expectWords(
      y,
      (x as Int32Array).map(value => Math.max(value, 0)),
    )
  else expectElements(formulaOf(subject), made, format, x, undefined, y)
  if (mask !== undefined) expectWords(mask, maskOf(subject, format, x))
}

/** Expects the dx of backward, from x, whatever stood for it. */
export function expectBackward({ subject, made, format, inputs }: Given, dx: Words): void {
  const { x, dy } = inputs as { readonly x: Words; readonly dy: Words }
  if (format === 'i32')
    expectWords(
      dx,
      (x as Int32Array).map((value, i) => (value > 0 ? dy[i]! : 0)),
    )
  else expectElements(formulaOf(subject), made as Activation, format, x, dy, dx)
}

/** One bit an element. */
export function maskOf(subject: Subject, format: Format, x: Words): Uint32Array<ArrayBuffer> {
  const { isOpen } = formulaOf(subject)
  const values = format === 'i32' ? x : widened(format, x)
  const mask = new Uint32Array(Math.ceil(x.length / 32))
  for (const [i, value] of values.entries()) if (isOpen!(value)) mask[i >>> 5]! |= 1 << (i & 31)
  return mask
}

/** y as forward gives it, for the family whose results are exact. */
export function exactForward(subject: Subject, format: Format, x: Words): Words {
  if (format === 'i32') return (x as Int32Array<ArrayBuffer>).map(value => Math.max(value, 0))
  const y = formulaOf(subject).arrays![0](widened(format, x)) as Float32Array<ArrayBuffer>
  return format === 'f32' ? y : toHalf(format, y)
}

function widened(format: Format, words: Words): Float32Array {
  return format === 'f32' ? (words as Float32Array) : fromHalf(format as HalfFormat, words as Uint16Array)
}

function expectWords(actual: Words | Uint32Array, expected: Int32Array | Uint32Array): void {
  const wrong = expected.findIndex((word, i) => actual[i] !== word)
  if (actual.length === expected.length && wrong < 0) return
  throw new Error(`[${wrong}] of ${actual.length}: ${actual[wrong]}, not ${expected[wrong]} of ${expected.length}`)
}

function expectElements(
  formula: Formula,
  { name, parameters, zeroWhereShut }: Activation,
  format: Exclude<Format, 'i32'>,
  x: Words,
  dy: Words | undefined,
  actual: Words,
): void {
  const named = { activation: name, parameters, gated: zeroWhereShut }
  const [xs, gradients] = [widened(format, x), dy && widened(format, dy)]
  const [xBits, dyBits] = [toBits(xs), gradients && toBits(gradients)]
  const derivativeAt = (i: number): number => {
    const isShutAtNaN = zeroWhereShut && formula.derivative(100, i) === 0
    if (formula.arrays !== undefined && name !== 'squaredRelu') return formula.derivative(xs[i]!, i)
    return Number.isNaN(xs[i]) ? (isShutAtNaN ? 0 : NaN) : formula.derivative(xs[i]!, i)
  }
  const truthAt = (i: number): number => {
    if (gradients !== undefined) return gradients[i]! * derivativeAt(i)
    return Number.isNaN(xs[i]) ? NaN : formula.value(xs[i]!, i)
  }
  const faultAt = (i: number, truth: number, bits: number): Fault =>
    dyBits === undefined
      ? forwardFault(named, xBits[i]!, truth, bits)
      : backwardFault(named, xBits[i]!, dyBits[i]!, derivativeAt(i), bits)
  if (format === 'f32') return expectNoFault(actual as Float32Array, truthAt, faultAt, [xs, gradients ?? xs])
  const inputs = { x: x as Uint16Array, dy: (dy ?? x) as Uint16Array }
  if (formula.arrays === undefined) {
    return expectRightHalves(format, actual as Uint16Array, truthAt, faultAt, inputs)
  }
  const [forward, backward] = formula.arrays
  const expected = toHalf(format, gradients === undefined ? forward(xs) : backward(xs, gradients))
  const computes = name === 'squaredRelu' || name === 'softShrink'
  expectSameWords(format, actual as Uint16Array, expected, inputs, (word, right) => {
    const infinity = format === 'f16' ? 0x7c00 : 0x7f80
    const areNaN = (word & 0x7fff) > infinity && (right & 0x7fff) > infinity
    return computes && (areNaN || (format === 'bf16' && (word & 0x7fff) === 0 && (right & 0x7f80) === 0))
  })
}

function expectNoFault(
  actual: Float32Array,
  truthAt: (index: number) => number,
  faultAt: (index: number, truth: number, bits: number) => Fault,
  inputs: readonly Float32Array[],
): void {
  if (actual.length !== inputs[0]!.length) throw new Error(`${actual.length} elements, not ${inputs[0]!.length}`)
  for (const [i, bits] of toBits(actual).entries()) {
    const truth = truthAt(i)
    const fault = faultAt(i, truth, bits)
    if (fault === undefined) continue
    throw new Error(`[${i}] of ${inputs.map(input => input[i]).join(', ')}: ${actual[i]}, not ${truth}: ${fault}`)
  }
}
