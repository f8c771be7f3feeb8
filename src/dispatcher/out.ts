import { type Kind, readElements } from '../support/arrays.ts'
import type { Tensors } from '../operations/layout.ts'
import { InputError, shorten, show } from '../support/errors.ts'
import type { Elements } from '../support/formats.ts'
import { reading } from '../support/reading.ts'

export type Targets = Readonly<Record<string, unknown>>

/**
 * Reads `out`: one array, or for several results an object with one array for each; nothing where `out` is undefined.
 *
 * @throws InputError when `out` does not have exactly one value for each result, or cannot be read
 */
export function readTargets(out: unknown, names: readonly string[]): Targets {
  if (out === undefined) return {}
  if (names.length === 1) return { [names[0]!]: out }
  const given: Targets | undefined = reading('out', () =>
    Object.prototype.toString.call(out) === '[object Object]' ? { ...out } : undefined,
  )
  const keys = Object.keys(given ?? {})
  if (given !== undefined && keys.length === names.length && names.every(name => keys.includes(name))) {
    return Object.fromEntries(names.map(name => [name, given[name]]))
  }
  const found = given === undefined ? show(out) : `{ ${shorten(keys.join(', '))} }`
  throw new InputError('invalid-argument', `out is ${found}.`, `Give { ${names.join(', ')} }.`)
}

/**
 * Checks the arrays of `out`: each has the kind of the inputs and the length of the results, and shares no memory with another one, nor
 * with an input unless it is the whole of that input.
 *
 * @returns plain elements over the memory of the arrays
 * @throws InputError
 */
export function readOut(targets: Targets, kind: Kind, length: number, inputs: Tensors): Record<string, Elements> {
  const arrays = Object.entries(targets).map(([key, array]) => ({
    key,
    name: `out's ${key}`,
    ...readElements(`out's ${key}`, array),
  }))
  const isOfInputs = Object.values(inputs).every(array => array instanceof Uint32Array || array.length === length)
  for (const [i, { key, name, kind: outKind, elements }] of arrays.entries()) {
    if (outKind !== kind) {
      const message = `${name} is ${show(targets[key])}, and the inputs are ${kind}s.`
      throw new InputError('invalid-array', message, 'Give an array of their kind.')
    }
    if (elements.length !== length) {
      const message = `${name} has ${elements.length} elements and ${isOfInputs ? 'the inputs have' : 'the result has'} ${length}.`
      const fix = isOfInputs ? 'Give arrays of one length.' : `Give an array of ${length}.`
      throw new InputError('length-mismatch', message, fix)
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
  return Object.fromEntries(arrays.map(({ key, elements }) => [key, elements]))
}

function overlaps(a: ArrayBufferView, b: ArrayBufferView): boolean {
  return (
    a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength
  )
}

function isSameRange(a: ArrayBufferView, b: ArrayBufferView): boolean {
  return a.byteOffset === b.byteOffset && a.byteLength === b.byteLength
}
