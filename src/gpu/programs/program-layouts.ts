import { holdsElements, isPairsOutput, type KernelDescription } from '../../operations/operation.ts'
import { type Part, place } from './placement.ts'
import type { ProgramSource } from './program.ts'

/** The layout of an operation's tensors, as far as the program depends on it. */
export type ProgramLayout = Pick<ProgramSource, 'access' | 'arrayOf' | 'writable'>

/**
 * Returns the common layouts: each tensor in a buffer of its own, one result in place of any input, or two results each
 * in place of its own input. Each layout comes with access by vectors and by words.
 */
export function layoutsOf(operation: KernelDescription): ProgramLayout[] {
  const { slots, accumulates } = operation
  // A result in place of pairs is pairs, because ranges in place have one size.
  const role = slots.some(isPairsOutput) ? 'pairs' : 'elements'
  const named = (isOutput: boolean): string[] =>
    slots.filter(slot => slot.role === role && slot.isOutput === isOutput).map(({ name }) => name)
  const [inputs, outputs] = [named(false), named(true)]
  const ways: Record<string, string>[] = [{}]
  if (!accumulates && outputs.length === 1) ways.push(...inputs.map(input => ({ [outputs[0]!]: input })))
  if (!accumulates && outputs.length > 1)
    ways.push(Object.fromEntries(outputs.map((output, i) => [output, inputs[i]!])))
  return ways.flatMap(inPlace => (['vectors', 'words'] as const).map(access => layoutOf(operation, inPlace, access)))
}

/** @param inPlace maps a result to the input that it overwrites */
export function layoutOf(
  { slots }: KernelDescription,
  inPlace: Readonly<Record<string, string>>,
  access: ProgramSource['access'],
): ProgramLayout {
  // Names stand for buffers, because only their identity matters.
  const parts = slots.map(({ name, role, isOutput }): Part<string> => {
    const buffer = holdsElements({ role }) ? (inPlace[name] ?? name) : `${role} ${name}`
    return { buffer, offset: 0, size: 4, isOutput }
  })
  const { arrayOf, writable } = place(parts)
  return { access, arrayOf, writable }
}
