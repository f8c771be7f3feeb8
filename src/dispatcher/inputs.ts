import { Activation, type Inputs } from '../activations/activation.ts'
import { InputError, show } from '../errors.ts'

/** Checks what a call was given. @throws InputError */
export function readInputs(activation: unknown, x: unknown): [Activation, Inputs]
export function readInputs(activation: unknown, x: unknown, dy: unknown): [Activation, Required<Inputs>]
export function readInputs(activation: unknown, ...arrays: readonly unknown[]): [Activation, Inputs] {
  if (!Activation.is(activation)) {
    throw new InputError(
      'invalid-argument',
      `The activation is ${show(activation)}.`,
      'Give one made here, such as relu().',
    )
  }
  const x = readArray('x', arrays[0])
  if (arrays.length === 1) return [activation, { x }]
  const dy = readArray('dy', arrays[1])
  if (x.length !== dy.length) {
    const message = `x has ${x.length} elements and dy has ${dy.length}.`
    throw new InputError('length-mismatch', message, 'Give the gradient of every element of x.')
  }
  return [activation, { x, dy }]
}

function readArray(name: string, array: unknown): Float32Array {
  // By its tag: an array from another window or worker is no instance of this one's Float32Array.
  if (!ArrayBuffer.isView(array) || Object.prototype.toString.call(array) !== '[object Float32Array]') {
    throw new InputError('invalid-array', `${name} is ${show(array)}.`, 'Give a Float32Array.')
  }
  const float32 = array as Float32Array
  if (float32.length === 0 && isDetached(float32.buffer)) {
    throw new InputError(
      'invalid-array',
      `${name} is detached: its buffer was transferred.`,
      'Give an array that still has its elements.',
    )
  }
  return float32
}

function isDetached(buffer: ArrayBufferLike): boolean {
  // ArrayBuffer's own `detached` is missing in Node 20 and in browsers before 2024; a detached buffer refuses to be sliced.
  try {
    return buffer.slice(0, 0).byteLength > 0
  } catch {
    return true
  }
}
