import { ActivationsError, InputError } from '../support/errors.ts'
import { BYTES_PER_ELEMENT, type Elements, type Format } from '../support/formats.ts'

/** Elements in a group, which an invocation takes at a time: the lanes of shaders/vector-width/vec4.wgsl. */
export const LANES = 4
export const BYTES_PER_WORD = 4
export const BYTES_PER_VECTOR = 16
export const ELEMENTS_PER_MASK_WORD = 32

/**
 * The arrays of one call by their names: elements, all of one length and in one format, and in place of x perhaps a mask, one
 * bit an element.
 */
export type Tensors = Readonly<Record<string, Elements | Uint32Array>>

/** The number of words in the mask of so many elements. */
export function maskLength(elements: number): number {
  return Math.ceil(elements / ELEMENTS_PER_MASK_WORD)
}

/** Whether the gate of an element is open: bit i % 32 of word floor(i / 32). */
export function isOpenIn(mask: Uint32Array, element: number): boolean {
  return ((mask[element >>> 5]! >>> (element & 31)) & 1) === 1
}

/** Clears the bits of a mask that stand for no element: kernels write whole words. */
export function clearRest(mask: Uint32Array, elements: number): void {
  const used = elements % ELEMENTS_PER_MASK_WORD
  if (used > 0) mask[mask.length - 1]! &= ~(-1 << used)
}

/** A new mask, all of its gates shut. @throws ActivationsError when memory runs out */
export function newMask(elements: number): Uint32Array<ArrayBuffer> {
  return allocate(Uint32Array, maskLength(elements))
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

/** Elements over bytes: a view, not a copy. */
export function elementsOver(format: Format, { buffer, byteOffset }: Uint8Array, length: number): Elements {
  if (format === 'f32') return new Float32Array(buffer, byteOffset, length)
  return format === 'i32' ? new Int32Array(buffer, byteOffset, length) : new Uint16Array(buffer, byteOffset, length)
}

/** Checks that no array was detached or cut since its call began, over so many elements. @throws InputError */
export function checkUnchanged(tensors: Tensors, elements: number): void {
  const lengthOf = (name: string): number => (name === 'mask' ? maskLength(elements) : elements)
  // Not by `length`: once it has seen memory that can be resized, optimized code of Node 20.20 (V8 11.3) reads the length that a
  // detached array had. Chromium 156 does not. Drop this with Node 20.
  const isWhole = ([name, array]: [string, Elements | Uint32Array]): boolean =>
    array.byteLength === lengthOf(name) * array.BYTES_PER_ELEMENT
  if (Object.entries(tensors).every(isWhole)) return
  const message = 'An array was detached or resized while it was being computed with.'
  throw new InputError('invalid-array', message, 'Leave it alone until the promise settles.')
}
