import { readdirSync } from 'node:fs'
import { Activation } from '../../activations/support/activation.ts'
import { type AnyActivation, isGlu } from '../../activations/support/glu-activation.ts'
import { CompileError } from './errors.ts'
import { type Operation, operationOf } from '../../operations/operation.ts'

// The options that make an activation for every program. An activation that refuses an option has no program for it.
const OPTIONS: readonly unknown[] = [
  undefined,
  { threshold: 0, value: 0 },
  { approximate: 'tanh' },
  { alpha: 0.2, beta: 0.5 },
  { approximate: 'sigmoid' },
  { alpha: Float32Array.of(0.25, 0.5) },
]

/** Makes one activation for each program of the library. */
export async function allActivations(): Promise<AnyActivation[]> {
  const programs = new Map<string, AnyActivation>()
  const folder = new URL('../../activations/', import.meta.url)
  for (const file of readdirSync(folder).filter(each => each.endsWith('.ts'))) {
    const name = file.replace(/\.ts$/, '')
    const exported = (await import(new URL(file, folder).href)) as Record<string, unknown>
    const make = exported[name]
    if (typeof make !== 'function' || /^[A-Z]/.test(name)) continue
    for (const options of OPTIONS) {
      const activation = made(make as (options: unknown) => unknown, options)
      if (activation !== undefined && !programs.has(activation.programName))
        programs.set(activation.programName, activation)
    }
    if (![...programs.values()].some(activation => activation.name === name)) {
      const hint = 'src/cpu/compiler/programs.ts has them'
      throw new CompileError(`${name} takes none of the options that the compiler has for it`, { hint })
    }
  }
  return [...programs.values()]
}

function made(make: (options: unknown) => unknown, options: unknown): AnyActivation | undefined {
  try {
    const activation = make(options)
    return Activation.is(activation) || isGlu(activation) ? activation : undefined
  } catch {
    return undefined
  }
}

/** Returns the operations on an activation that the CPU computes. */
export function operationsOf(activation: AnyActivation): Operation[] {
  const plain = [operationOf(activation, 'forward'), operationOf(activation, 'backward')]
  if (isGlu(activation)) return plain
  return [
    ...plain,
    ...(activation.gate === undefined
      ? []
      : [operationOf(activation, 'forward', { masked: true }), operationOf(activation, 'backward', { from: 'mask' })]),
    ...(activation.derivativeFromY === undefined ? [] : [operationOf(activation, 'backward', { from: 'y' })]),
  ]
}
