import type { KernelDescription } from '../../operations/operation.ts'
import { type Part, place } from './placement.ts'
import type { ProgramSource } from './program.ts'

/** How the tensors of an operation may lie, as far as its program depends on it. */
export type ProgramLayout = Pick<ProgramSource, 'access' | 'arrayOf' | 'writable'>

/**
 * The layouts that calls commonly have: each tensor in a buffer of its own, or a result in place, over one input; of two
 * results, each over the input of its own. Each in vectors and in words.
 */
export function layoutsOf(operation: KernelDescription): ProgramLayout[] {
  const { slots, accumulates } = operation
  const named = (isOutput: boolean): string[] =>
    slots.filter(slot => slot.role === 'elements' && slot.isOutput === isOutput).map(({ name }) => name)
  const [inputs, outputs] = [named(false), named(true)]
  const ways: Record<string, string>[] = [{}]
  if (!accumulates && outputs.length === 1) ways.push(...inputs.map(input => ({ [outputs[0]!]: input })))
  if (!accumulates && outputs.length > 1)
    ways.push(Object.fromEntries(outputs.map((output, i) => [output, inputs[i]!])))
  return ways.flatMap(inPlace => (['vectors', 'words'] as const).map(access => layoutOf(operation, inPlace, access)))
}

/** @param inPlace for each result that lies over an input the name of that */
export function layoutOf(
  { slots }: KernelDescription,
  inPlace: Readonly<Record<string, string>>,
  access: ProgramSource['access'],
): ProgramLayout {
  // Names stand for buffers: what matters is which are the same.
  const parts = slots.map(({ name, role, isOutput }): Part<string> => {
    const buffer = role === 'elements' ? (inPlace[name] ?? name) : `${role} ${name}`
    return { buffer, offset: 0, size: 4, isOutput }
  })
  const { arrays, parts: places } = place(parts)
  return { access, arrayOf: places.map(({ array }) => array), writable: arrays.map(({ isWritable }) => isWritable) }
}
