import type { Activation, Direction, Inputs, Loops, PairInputs } from '../activations/support/activation.ts'
import { periodOf } from '../activations/support/channels.ts'
import { type GluActivation, isGlu } from '../activations/support/glu-activation.ts'
import { ActivationsError } from '../support/errors.ts'
import {
  BYTES_PER_ELEMENT,
  type Elements,
  type Format,
  fromFloat32,
  type HalfFormat,
  toFloat32,
} from '../support/formats.ts'
import { bitsView, gluBits, referenceBits } from './reference.ts'
import { type GluResult } from '../operations/task.ts'
import type { Tensors } from '../operations/layout.ts'

/**
 * Computes one result of an activation or of a gated pair on the CPU, in the format of its inputs. What is computed in
 * float32 is rounded to float16 or bfloat16 once; integers, which only relu takes, stay integers.
 *
 * @throws ActivationsError when memory runs out
 */
export function computeInFormat(
  activation: Activation | GluActivation,
  wanted: Direction | GluResult,
  tensors: Tensors,
  format: Format,
): Elements {
  if (format === 'i32') return reluOfIntegers(wanted as Direction, tensors as Record<string, Int32Array>)
  if (format === 'f32') return compute(activation, wanted, tensors)
  return computeHalf(activation, wanted, tensors as Record<string, Uint16Array>, format)
}

/** Computes arrays on the CPU, by the fast path of the activation, or else by its reference. @throws ActivationsError when memory runs out */
export function computeOnCpu(
  activation: Activation,
  direction: Direction,
  { x, dy }: Inputs,
): Float32Array<ArrayBuffer> {
  const result = allocate(Float32Array, x.length)
  const loops = activation.loops ?? loopsOver(activation)
  if (direction === 'forward') loops.forward(bitsView(x), bitsView(result))
  else loops.backward(bitsView(x), bitsView(dy ?? x), bitsView(result))
  return result
}

/** The same for one result of a gated pair, by its reference. @throws ActivationsError when memory runs out */
function computePair(pair: GluActivation, wanted: GluResult, inputs: PairInputs): Float32Array<ArrayBuffer> {
  const result = allocate(Float32Array, inputs.gate.length)
  const bits = bitsView(result)
  const gate = bitsView(inputs.gate)
  const up = bitsView(inputs.up)
  const dy = bitsView(inputs.dy ?? inputs.up)
  for (let i = 0; i < bits.length; i++) bits[i] = gluBits(pair, wanted, gate[i]!, up[i]!, dy[i]!)
  return result
}

function compute(
  activation: Activation | GluActivation,
  wanted: Direction | GluResult,
  inputs: unknown,
): Float32Array<ArrayBuffer> {
  return isGlu(activation)
    ? computePair(activation, wanted as GluResult, inputs as PairInputs)
    : computeOnCpu(activation, wanted as Direction, inputs as Inputs)
}

// Little enough for the float32 on the way to stay in a processor's cache.
const ELEMENTS_AT_A_TIME = 2 ** 13

function computeHalf(
  activation: Activation | GluActivation,
  wanted: Direction | GluResult,
  tensors: Readonly<Record<string, Uint16Array>>,
  format: HalfFormat,
): Uint16Array<ArrayBuffer> {
  const { length } = Object.values(tensors)[0]!
  const result = allocate(Uint16Array, length)
  // Each part begins with the first channel, as the tensor does.
  const period = periodOf(activation)
  const step = Math.max(1, Math.floor(ELEMENTS_AT_A_TIME / period)) * period
  for (let start = 0; start < length; start += step) {
    const parts = Object.entries(tensors).map(([name, words]) => {
      return [name, toFloat32(format, words.subarray(start, start + step))] as const
    })
    const part = compute(activation, wanted, Object.fromEntries(parts))
    fromFloat32(format, part, result.subarray(start, start + step))
  }
  return result
}

// On the sign, without a branch, as relu's loops.
function reluOfIntegers(direction: Direction, tensors: Readonly<Record<string, Int32Array>>): Int32Array<ArrayBuffer> {
  const x = tensors['x']!
  const result = allocate(Int32Array, x.length)
  if (direction === 'forward') {
    for (let i = 0; i < x.length; i++) result[i] = x[i]! & ~(x[i]! >> 31)
  } else {
    const dy = tensors['dy']!
    for (let i = 0; i < x.length; i++) result[i] = dy[i]! & ((-x[i]! & ~x[i]!) >> 31)
  }
  return result
}

/** A new array for elements of a format. @throws ActivationsError when memory runs out */
export function allocateElements(format: Format, length: number): Elements {
  if (format === 'i32') return allocate(Int32Array, length)
  return BYTES_PER_ELEMENT[format] === 2 ? allocate(Uint16Array, length) : allocate(Float32Array, length)
}

/** A new array. @throws ActivationsError when memory runs out */
export function allocate<Result>(Constructor: new (length: number) => Result, length: number): Result {
  try {
    return new Constructor(length)
  } catch (cause) {
    const message = `There is no memory for a result of ${length} elements.`
    throw new ActivationsError('out-of-memory', message, 'Compute smaller arrays, or free some.', { cause })
  }
}

function loopsOver(activation: Activation): Loops {
  return {
    forward(x, y) {
      for (let i = 0; i < x.length; i++) y[i] = referenceBits(activation, 'forward', x[i]!, 0, i)
    },
    backward(x, dy, dx) {
      for (let i = 0; i < x.length; i++) dx[i] = referenceBits(activation, 'backward', x[i]!, dy[i]!, i)
    },
  }
}
