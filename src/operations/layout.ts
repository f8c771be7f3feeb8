import { InputError } from '../support/errors.ts'
import type { Elements, Format } from '../support/formats.ts'

/**
 * The arrays of one call by their names: elements, all of one length and in one format, and in place of x perhaps a mask, one
 * bit an element.
 */
export type Tensors = Readonly<Record<string, Elements | Uint32Array>>

const ELEMENTS_PER_WORD = 32

/** How many words the mask of so many elements has. */
export function maskLength(elements: number): number {
  return Math.ceil(elements / ELEMENTS_PER_WORD)
}

/** Elements over bytes: a view, not a copy. */
export function elementsOver(format: Format, { buffer, byteOffset }: Uint8Array, length: number): Elements {
  if (format === 'f32') return new Float32Array(buffer, byteOffset, length)
  return format === 'i32' ? new Int32Array(buffer, byteOffset, length) : new Uint16Array(buffer, byteOffset, length)
}

/** The bytes of an array: a view, not a copy. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
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
