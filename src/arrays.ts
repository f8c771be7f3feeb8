import { InputError, show } from './errors.ts'

// What the language itself knows of an array. Subclasses may say otherwise, and arrays of other windows and workers are
// no instances of this one's Float32Array.
// The annotations let a bundle that takes no arrays leave all of this out.
const intrinsics: object = /* @__PURE__ */ Object.getPrototypeOf(Float32Array.prototype) as object
type Intrinsic = (this: unknown) => unknown
const own = (key: PropertyKey, part: 'get' | 'value') =>
  Reflect.get(Object.getOwnPropertyDescriptor(intrinsics, key)!, part) as Intrinsic
const typeOf = /* @__PURE__ */ own(Symbol.toStringTag, 'get')
const bufferOf = /* @__PURE__ */ own('buffer', 'get')
const byteOffsetOf = /* @__PURE__ */ own('byteOffset', 'get')
const lengthOf = /* @__PURE__ */ own('length', 'get')
// Throws when the array is detached, or out of the bounds of a buffer that shrank.
const validate = /* @__PURE__ */ own('values', 'value')

/** Whether a value is a Float32Array, of this realm or another. */
export function isFloat32Array(value: unknown): boolean {
  return typeOf.call(value) === 'Float32Array'
}

/** What a value is as a plain Float32Array over the same memory. @throws InputError when it is none, or detached */
export function readArray(name: string, array: unknown): Float32Array {
  if (!isFloat32Array(array)) {
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
