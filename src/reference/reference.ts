import type { Activation, Direction, Integers } from '../activations/support/activation.ts'
import { type GluActivation, isGlu } from '../activations/support/glu-activation.ts'
import { isOpenIn } from '../operations/layout.ts'
import type { ResultName, Task } from '../operations/task.ts'
import { bitsOf, floatOf, isNaNBits } from '../support/bits.ts'
import { type Format, WORDS, wordsOf } from '../support/formats.ts'

// The numeric contract, element by element: results are computed in float64 and rounded to float32 once. Values that
// pass through keep their bits: a NaN its payload, and dy at an open gate.

export type GluResult = 'y' | 'dGate' | 'dUp'

/**
 * Returns the reference for one result of a task: a function from the index of an element to the bits of float32,
 * before rounding to the format of the task. An integer stays as it is, and the bit of a mask is 0 or 1.
 */
export function referenceOf(task: Task, result: ResultName): (index: number) => number {
  const { activation, operation, inputs, format } = task
  const { from, direction } = operation
  const read = (name: string): ((index: number) => number) => inputBits(task, name)
  if (isGlu(activation)) {
    const [gate, up, dy] = ['gate', 'up', inputs['dy'] === undefined ? 'up' : 'dy'].map(read)
    return i => gluBits(activation, result as GluResult, gate!(i), up!(i), dy!(i))
  }
  if (format === 'i32') return integerReferenceOf(activation.integers!, task, result)
  if (result === 'mask') {
    const { isOpen } = activation.gate!
    const x = read('x')
    return i => Number(isOpen(floatOf(x(i))))
  }
  if (direction === 'forward') {
    const x = read('x')
    return i => referenceBits(activation, 'forward', x(i), 0, i)
  }
  const [source, dy] = [from, 'dy'].map(read)
  const { gate, derivativeFromY, zeroWhereShut } = activation
  if (from === 'mask') return i => gradientBits(zeroWhereShut, source!(i) === 1 ? 1 : gate!.slope(i), dy!(i))
  if (from === 'y') return i => gradientBits(zeroWhereShut, derivativeFromY!(floatOf(source!(i)), i), dy!(i))
  return i => referenceBits(activation, 'backward', source!(i), dy!(i), i)
}

function integerReferenceOf({ forward, isOpen }: Integers, task: Task, result: ResultName): (index: number) => number {
  const { direction, from } = task.operation
  const source = inputBits(task, from)
  if (result === 'mask') return i => Number(isOpen(source(i)))
  if (direction === 'forward') return i => forward(source(i))
  const dy = inputBits(task, 'dy')
  const passes = from === 'mask' ? (bit: number) => bit === 1 : isOpen
  return i => (passes(source(i)) ? dy(i) : 0)
}

/**
 * Returns a function from an index to the element of an input, as the bits of float32. An integer stays as it is, and
 * the bit of a mask is 0 or 1.
 */
export function inputBits(
  { inputs, format }: Pick<Task, 'inputs' | 'format'>,
  name: string,
): (index: number) => number {
  const array = inputs[name]!
  if (array instanceof Uint32Array) return i => Number(isOpenIn(array, i))
  const words = wordsOf(array)
  if (format === 'f32' || format === 'i32') return i => words[i]!
  const { toFloat32 } = WORDS[format]
  return i => toFloat32(words[i]!)
}

/**
 * The bits of y or dx of a function of one tensor.
 *
 * @param x the bits of the input
 * @param dy the bits of the upstream gradient; forward ignores it
 * @param element the index of x in its tensor
 */
export function referenceBits(
  activation: Activation,
  direction: Direction,
  x: number,
  dy: number,
  element = 0,
): number {
  const { reference, zeroWhereShut } = activation
  if (direction === 'forward') return isNaNBits(x) ? x : bitsOf(reference.forward(floatOf(x), element))
  return gradientBits(zeroWhereShut, reference.derivative(floatOf(x), element), dy)
}

/** The bits of dx = dy * derivative, rounded once. A shut gate gives +0. */
export function gradientBits(zeroWhereShut: boolean, derivative: number, dy: number): number {
  if (zeroWhereShut && derivative === 0) return 0
  if (derivative === 1 || isNaNBits(dy)) return dy
  return bitsOf(floatOf(dy) * derivative)
}

/**
 * The bits of one result of a GLU, y = f(gate) * up, rounded once.
 *
 * @param dy the bits of the upstream gradient; y ignores it
 */
export function gluBits(glu: GluActivation, result: GluResult, gate: number, up: number, dy: number): number {
  const { reference, zeroWhereShut } = glu.activation
  const { at, factor, isOpen } = clampedInputs(glu, result, floatOf(gate), floatOf(up))
  if (!isOpen) return 0
  if (result === 'dGate') {
    const derivative = reference.derivative(at)
    return zeroWhereShut && derivative === 0 ? 0 : bitsOf(floatOf(dy) * factor * derivative)
  }
  const value = Number.isNaN(at) ? NaN : reference.forward(at)
  return bitsOf(value * (result === 'dUp' ? floatOf(dy) : factor))
}

/**
 * Returns the input of f and the factor of a GLU.
 *
 * @returns isOpen: false where a clamp makes this result exactly +0
 */
export function clampedInputs({ clamps }: GluActivation, result: GluResult, gate: number, up: number) {
  if (clamps === undefined) return { at: gate, factor: up, isOpen: true }
  const isOpen = result === 'y' || (result === 'dGate' ? clamps.isGateOpen(gate) : clamps.isUpOpen(up))
  return { at: clamps.gate(gate), factor: clamps.factor(up), isOpen }
}

export function valueOf(format: Format, bits: number): number {
  return format === 'i32' ? bits : floatOf(WORDS[format].toFloat32(bits))
}
