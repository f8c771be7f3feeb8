import type { Activation } from '../../src/activations/support/activation.ts'
import { type GluActivation, isGlu } from '../../src/activations/support/glu-activation.ts'
import type { Format } from '../../src/index.ts'
import { exactResults } from '../activations/exact.ts'
import { integerFormulaOf } from '../activations/integers.ts'
import { formulaOf, recordOf } from '../activations/lookup.ts'
import { backwardFault, type Fault, forwardFault } from '../support/contract.ts'
import { toBits } from '../support/float32.ts'
import { expectRightHalves, expectSameWords, fromHalf, type HalfFormat, isFlushed, toHalf } from '../support/half.ts'
import type { Words } from './arrays.ts'
import { expectPairForward, type Subject } from './pair-truth.ts'

// What the results of a call have to be, by the numeric contract and not by the library: the parameters are those that a case
// gave, rounded to float32 here.

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
  if (format === 'i32') expectWords(y, exactForward(subject, format, x) as Int32Array)
  else expectElements(subject, made, format, x, undefined, y)
  if (mask !== undefined) expectWords(mask, maskOf(subject, format, x))
}

/** Expects the dx of backward, from x, whatever stood for it. */
export function expectBackward({ subject, made, format, inputs }: Given, dx: Words): void {
  const { x, dy } = inputs as { readonly x: Words; readonly dy: Words }
  if (format === 'i32') {
    const { isOpen } = integerFormulaOf(subject.name, subject.parameters)!
    expectWords(
      dx,
      (x as Int32Array).map((value, i) => (isOpen!(value) ? dy[i]! : 0)),
    )
  } else expectElements(subject, made as Activation, format, x, dy, dx)
}

/** One bit an element. */
export function maskOf(subject: Subject, format: Format, x: Words): Uint32Array<ArrayBuffer> {
  const { isOpen } = (format === 'i32' ? integerFormulaOf : formulaOf)(subject.name, subject.parameters)!
  const values = format === 'i32' ? x : widened(format, x)
  const mask = new Uint32Array(Math.ceil(x.length / 32))
  for (const [i, value] of values.entries()) if (isOpen!(value)) mask[i >>> 5]! |= 1 << (i & 31)
  return mask
}

/** y as forward gives it, for the family whose results are exact. */
export function exactForward(subject: Subject, format: Format, x: Words): Words {
  if (format === 'i32') {
    const { value } = integerFormulaOf(subject.name, subject.parameters)!
    return (x as Int32Array<ArrayBuffer>).map(value)
  }
  const y = exactResults(subject.name, subject.parameters).forward(widened(format, x))
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
  subject: Subject,
  { name, parameters }: Activation,
  format: Exclude<Format, 'i32'>,
  x: Words,
  dy: Words | undefined,
  actual: Words,
): void {
  const formula = formulaOf(subject.name, subject.parameters)
  const { accuracy, zeroWhereShut } = recordOf(name)
  const named = { activation: name, parameters, gated: zeroWhereShut }
  const [xs, gradients] = [widened(format, x), dy && widened(format, dy)]
  const [xBits, dyBits] = [toBits(xs), gradients && toBits(gradients)]
  const truthAt = (i: number): number =>
    gradients === undefined ? formula.value(xs[i]!, i) : gradients[i]! * formula.derivative(xs[i]!, i)
  const faultAt = (i: number, truth: number, bits: number): Fault =>
    dyBits === undefined
      ? forwardFault(named, xBits[i]!, truth, bits)
      : backwardFault(named, xBits[i]!, dyBits[i]!, formula.derivative(xs[i]!, i), bits)
  if (format === 'f32') return expectNoFault(actual as Float32Array, truthAt, faultAt, [xs, gradients ?? xs])
  const inputs = { x: x as Uint16Array, dy: (dy ?? x) as Uint16Array }
  if (accuracy === 'bounded') return expectRightHalves(format, actual as Uint16Array, truthAt, faultAt, inputs)
  const { forward, backward } = exactResults(subject.name, subject.parameters)
  const results = gradients === undefined ? forward(xs) : backward(xs, gradients)
  expectSameWords(format, actual as Uint16Array, toHalf(format, results), inputs, (word, right, i) => {
    const infinity = format === 'f16' ? 0x7c00 : 0x7f80
    const areNaN = (word & 0x7fff) > infinity && (right & 0x7fff) > infinity
    return accuracy === 'rounded' && (areNaN || isFlushed(word, results[i]!))
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
