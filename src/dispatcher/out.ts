import { type Kind, readElements } from '../arrays.ts'
import type { Tensors } from '../cpu/tensors.ts'
import { InputError, show } from '../errors.ts'
import type { Elements } from '../formats.ts'

/** The caller's arrays for results, by the names of the results. */
export interface Out {
  /** As the caller has them. */
  readonly given: Readonly<Record<string, unknown>>
  /** As plain elements over the same memory. */
  readonly elements: Readonly<Record<string, Elements>>
}

/**
 * Checks the arrays that results are to be written into: of the kind and length of the inputs, and none of their bytes an
 * input's, unless they are all of one.
 *
 * @param out one array, or for several results an object with one for each; undefined: none
 * @throws InputError
 */
export function readOut(out: unknown, names: readonly string[], kind: Kind, length: number, inputs: Tensors): Out {
  if (out === undefined) return { given: {}, elements: {} }
  const given = names.length === 1 ? { [names[0]!]: out } : readNamed(out, names)
  const arrays = Object.entries(given).map(([name, array]) => ({
    name: `out's ${name}`,
    ...readElements(`out's ${name}`, array),
  }))
  for (const [i, { name, kind: outKind, elements }] of arrays.entries()) {
    if (outKind !== kind) {
      const message = `${name} is ${show(Object.values(given)[i])}, and the inputs are ${kind}s.`
      throw new InputError('invalid-array', message, 'Give an array of their kind.')
    }
    if (elements.length !== length) {
      const message = `${name} has ${elements.length} elements and the inputs have ${length}.`
      throw new InputError('length-mismatch', message, 'Give arrays of one length.')
    }
    for (const [input, array] of Object.entries(inputs)) {
      if (!overlaps(elements, array) || (input !== 'mask' && isSameRange(elements, array))) continue
      const message = `${name} shares a part of its memory with ${input}.`
      const fix = input === 'mask' ? 'Give an array beside it.' : `Give ${input} itself, or an array beside it.`
      throw new InputError('invalid-array', message, fix)
    }
    const other = arrays.slice(0, i).find(array => overlaps(array.elements, elements))
    if (other !== undefined) {
      const message = `${name} shares memory with ${other.name}.`
      throw new InputError('invalid-array', message, 'Give each result an array of its own.')
    }
  }
  return { given, elements: Object.fromEntries(names.map((name, i) => [name, arrays[i]!.elements])) }
}

/** One array for each name. @throws InputError */
function readNamed(out: unknown, names: readonly string[]): Readonly<Record<string, unknown>> {
  const isObject = Object.prototype.toString.call(out) === '[object Object]'
  const keys = isObject ? Object.keys(out as object) : []
  if (keys.length === names.length && names.every(name => keys.includes(name))) {
    return Object.fromEntries(names.map(name => [name, (out as Readonly<Record<string, unknown>>)[name]]))
  }
  const found = isObject ? `{ ${keys.join(', ')} }` : show(out)
  throw new InputError('invalid-argument', `out is ${found}.`, `Give { ${names.join(', ')} }.`)
}

function overlaps(a: ArrayBufferView, b: ArrayBufferView): boolean {
  return (
    a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength
  )
}

function isSameRange(a: ArrayBufferView, b: ArrayBufferView): boolean {
  return a.byteOffset === b.byteOffset && a.byteLength === b.byteLength
}
