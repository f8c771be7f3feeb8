import { exactResults } from '../activations/exact.ts'
import type { Options } from '../activations/record.ts'
import { fromBits, toBits } from './float32.ts'

// The relu family by names, for tests that need one of them: from the records of the catalogue.

type Array32 = Float32Array<ArrayBuffer>

const relu = exactResults('relu')
const step = exactResults('step')
const squaredRelu = exactResults('squaredRelu')

export const reluForward = relu.forward
export const reluBackward = relu.backward
export const stepForward = step.forward
export const squaredReluForward = squaredRelu.forward
export const squaredReluBackward = squaredRelu.backward

export function stepBackward(x: Float32Array): Array32 {
  return step.backward(x, x)
}

const forward = (name: string, options: Options, x: Float32Array): Array32 => exactResults(name, options).forward(x)
const backward = (name: string, options: Options, x: Float32Array, dy: Float32Array): Array32 =>
  exactResults(name, options).backward(x, dy)

export function leakyReluForward(alpha: number, x: Float32Array): Array32 {
  return forward('leakyRelu', { alpha }, x)
}

export function leakyReluBackward(alpha: number, x: Float32Array, dy: Float32Array): Array32 {
  return backward('leakyRelu', { alpha }, x, dy)
}

export function clampForward(minValue: number, maxValue: number, x: Float32Array): Array32 {
  return forward('clamp', { minValue, maxValue }, x)
}

export function clampBackward(minValue: number, maxValue: number, x: Float32Array, dy: Float32Array): Array32 {
  return backward('clamp', { minValue, maxValue }, x, dy)
}

/** relu6 is it from 0 to 6. */
export function hardTanhForward(minValue: number, maxValue: number, x: Float32Array): Array32 {
  return forward('hardTanh', { minValue, maxValue }, x)
}

export function hardTanhBackward(minValue: number, maxValue: number, x: Float32Array, dy: Float32Array): Array32 {
  return backward('hardTanh', { minValue, maxValue }, x, dy)
}

export function thresholdForward(threshold: number, value: number, x: Float32Array): Array32 {
  return forward('threshold', { threshold, value }, x)
}

export function thresholdBackward(threshold: number, x: Float32Array, dy: Float32Array): Array32 {
  return backward('threshold', { threshold, value: 0 }, x, dy)
}

export function hardShrinkForward(lambda: number, x: Float32Array): Array32 {
  return forward('hardShrink', { lambda }, x)
}

export function softShrinkForward(lambda: number, x: Float32Array): Array32 {
  return forward('softShrink', { lambda }, x)
}

/** Of hardShrink and of softShrink. */
export function shrinkBackward(lambda: number, x: Float32Array, dy: Float32Array): Array32 {
  return backward('hardShrink', { lambda }, x, dy)
}

/** What is expected, with zero for the subnormals that were flushed: a subtraction or a product may do that. */
export function orFlushed(expected: Float32Array, actual: Float32Array): Float32Array {
  const bits = toBits(expected)
  const actualBits = toBits(actual)
  const isSubnormal = (word: number): boolean => (word & 0x7f800000) === 0 && (word & 0x007fffff) !== 0
  return fromBits(bits.map((word, i) => (isSubnormal(word) && actual[i] === 0 ? actualBits[i]! : word)))
}

/** What is expected, with the NaN of the result where one is expected. */
export function anyNaN(expected: Float32Array, actual: Float32Array): Float32Array {
  const actualBits = toBits(actual)
  return fromBits(
    toBits(expected).map((word, i) => (Number.isNaN(expected[i]) && Number.isNaN(actual[i]) ? actualBits[i]! : word)),
  )
}
