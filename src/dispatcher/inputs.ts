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

// What the language itself knows of an array. Subclasses may say otherwise, and arrays of other windows and workers are
// no instances of this one's Float32Array.
const intrinsics: object = Object.getPrototypeOf(Float32Array.prototype) as object
type Intrinsic = (this: unknown) => unknown
const own = (key: PropertyKey, part: 'get' | 'value') =>
  Reflect.get(Object.getOwnPropertyDescriptor(intrinsics, key)!, part) as Intrinsic
const typeOf = own(Symbol.toStringTag, 'get')
const bufferOf = own('buffer', 'get')
const byteOffsetOf = own('byteOffset', 'get')
const lengthOf = own('length', 'get')
// Throws when the array is detached, or out of the bounds of a buffer that shrank.
const validate = own('values', 'value')

function readArray(name: string, array: unknown): Float32Array {
  if (typeOf.call(array) !== 'Float32Array') {
    throw new InputError('invalid-array', `${name} is ${show(array)}.`, 'Give a Float32Array.')
  }
  try {
    validate.call(array)
  } catch {
    throw new InputError(
      'invalid-array',
      `${name} is detached, or its buffer has shrunk below its end.`,
      'Give an array that still has its elements.',
    )
  }
  const [buffer, byteOffset, length] = [bufferOf, byteOffsetOf, lengthOf].map(get => get.call(array))
  return new Float32Array(buffer as ArrayBufferLike, byteOffset as number, length as number)
}

/** Checks that no input was detached or cut since its call began, when x had this length. @throws InputError */
export function checkUnchanged({ x, dy = x }: Inputs, length: number): void {
  if (x.length === length && dy.length === length) return
  const message = 'An input was detached or resized while it was being computed.'
  throw new InputError('invalid-array', message, 'Leave it alone until the promise settles.')
}
