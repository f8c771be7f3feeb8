import { BYTES_PER_WORD } from '../operations/layout.ts'
import { BindingReader } from '../gpu/bindings/bindings.ts'
import type { TensorRange } from '../gpu/reductions/norm.ts'
import type { FloatFormat } from '../support/formats.ts'
import { BindingError, InputError, show } from '../support/errors.ts'
import { choice, type Reader, reading } from '../support/reading.ts'

/** Checks a format; undefined means f32. @throws InputError */
export const readFormat: Reader<FloatFormat> = /* @__PURE__ */ choice('f32', 'f16', 'bf16')

/** A tensor of the caller, and its binding as it was read: the source of the cache key. */
interface ReadTensor extends TensorRange {
  readonly binding: unknown
}

/** Reads the bindings of several tensors. @throws InputError BindingError */
export function readTensors(name: string, bindings: readonly unknown[], format: FloatFormat): ReadTensor[] {
  return bindings.map((binding, i) => readTensor(`${name}[${i}]`, binding, format))
}

/** Reads the binding of a tensor. @throws InputError BindingError */
export function readTensor(name: string, binding: unknown, format: FloatFormat): ReadTensor {
  const reader = new BindingReader({ [name]: binding, format }, [name])
  return { range: reader.elements(name), count: reader.count, binding: reader.given[name] }
}

/** Reads the binding of so many words. A longer range is taken from its offset on. @throws InputError BindingError */
export function readWords(name: string, given: unknown, words: number): Omit<ReadTensor, 'count'> {
  const { range, binding } = readTensor(name, given, 'f32')
  const size = words * BYTES_PER_WORD
  if (range.size >= size) return { range: { ...range, size }, binding }
  throw new BindingError(`${name} has ${range.size} bytes and needs ${size}.`, 'Bind a longer range.')
}

/** Copies a list of the caller's, so that each element is read once. @throws InputError */
export function readList(name: string, given: unknown): unknown[] {
  const list = reading(name, () => (Array.isArray(given) ? [...(given as unknown[])] : undefined))
  if (list !== undefined) return list
  throw new InputError('invalid-argument', `${name} is ${show(given)}.`, 'Give an array with one entry a tensor.')
}
