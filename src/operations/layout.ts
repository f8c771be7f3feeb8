import { ActivationsError, InputError } from '../support/errors.ts'
import type { Elements, Format } from '../support/formats.ts'

/** The elements of a vector, which an invocation computes at a time: the lanes of shaders/vector-width/vec4.wgsl. */
export const LANES = 4
export const BYTES_PER_WORD = 4
export const BYTES_PER_VECTOR = 16
export const ELEMENTS_PER_MASK_WORD = 32

/** The arrays of one call by name: elements, all of one length and format, and perhaps a mask in place of x, with one bit an element. */
export type Tensors = Readonly<Record<string, Elements | Uint32Array>>

/** The number of 32-bit words in the mask of this many elements. */
export function maskLength(elements: number): number {
  return Math.ceil(elements / ELEMENTS_PER_MASK_WORD)
}

/** Returns true if the gate of an element is open: bit i % 32 of word floor(i / 32). */
export function isOpenIn(mask: Uint32Array, element: number): boolean {
  return ((mask[element >>> 5]! >>> (element & 31)) & 1) === 1
}

/** Clears the bits of a mask beyond the last element, because kernels write whole words. */
export function clearRest(mask: Uint32Array, elements: number): void {
  const used = elements % ELEMENTS_PER_MASK_WORD
  if (used > 0) mask[mask.length - 1]! &= ~(-1 << used)
}

/** Allocates a mask with all gates shut. @throws ActivationsError when memory runs out */
export function newMask(elements: number): Uint32Array<ArrayBuffer> {
  return allocate(Uint32Array, maskLength(elements))
}

const arrayOf = (format: Format) =>
  ({ f32: Float32Array, f16: Uint16Array, bf16: Uint16Array, i32: Int32Array })[format]

/** Allocates elements of a format. @throws ActivationsError when memory runs out */
export function allocateElements(format: Format, length: number): Elements {
  return allocate<Elements>(arrayOf(format), length)
}

/** Allocates an array. @throws ActivationsError when memory runs out */
export function allocate<Result>(Constructor: new (length: number) => Result, length: number): Result {
  try {
    return new Constructor(length)
  } catch (cause) {
    const message = `There is no memory for a result of ${length} elements.`
    throw new ActivationsError('out-of-memory', message, 'Compute smaller arrays, or free some.', { cause })
  }
}

/** Views bytes as elements, without a copy. */
export function elementsOver(format: Format, { buffer, byteOffset }: Uint8Array, length: number): Elements {
  return new (arrayOf(format))(buffer as ArrayBuffer, byteOffset, length)
}

/** Checks that no array was detached or resized since its call began. @throws InputError */
export function checkUnchanged(tensors: Tensors, elements: number): void {
  const lengthOf = (name: string): number => (name === 'mask' ? maskLength(elements) : elements)
  // Compares `byteLength`, not `length`: once optimized code of Node 20.20 (V8 11.3) has seen resizable memory, it
  // reads the old length of a detached array. Chromium 156 does not. Drop this with Node 20.
  const isWhole = ([name, array]: [string, Elements | Uint32Array]): boolean =>
    array.byteLength === lengthOf(name) * array.BYTES_PER_ELEMENT
  if (Object.entries(tensors).every(isWhole)) return
  const message = 'An array was detached or resized while it was being computed with.'
  throw new InputError('invalid-array', message, 'Leave it alone until the promise settles.')
}
