import { expect } from 'vitest'
import type { Activation } from '../../src/activations/support/activation.ts'
import * as library from '../../src/index.ts'
import { type Fault, type Named, ulpsBetween } from './contract.ts'
import { bitsOf, toBits } from './float32.ts'

/** How the vectors have numbers: NaN, the infinities and -0 are strings. */
export type Values = readonly (number | string)[]

/** A file of vectors, by its name. */
export type Vectors<Columns extends string> = Named & { readonly file: string } & Readonly<Record<Columns, Values>>

type Maker = (parameters: unknown) => unknown

/** What the library exports, by name. */
export const exported: Readonly<Record<string, unknown>> = library

/** What the library makes of the name and the parameters of vectors. Where it exports nothing by that name, says so. */
export function madeFor({ activation, parameters }: Named): unknown {
  const make = exported[activation]
  if (typeof make !== 'function') throw new Error(`The library exports no ${activation}.`)
  const options = { ...parameters }
  if (Array.isArray(options['alpha'])) options['alpha'] = Float32Array.from(options['alpha'] as number[])
  // An activation without parameters takes no options.
  return (make as Maker)(Object.keys(options).length === 0 ? undefined : options)
}

export function activationOf(named: Named): Activation {
  return madeFor(named) as Activation
}

export function vectorsIn<Contents>(
  files: Readonly<Record<string, unknown>>,
): (Contents & { readonly file: string })[] {
  return Object.entries(files).map(([path, contents]) => ({
    file: path.slice(path.lastIndexOf('/') + 1, -'.json'.length),
    ...withInfinities(contents as Contents & { readonly parameters: Named['parameters'] }),
  }))
}

/** Parameters are words and numbers, of which the infinities are strings. */
function withInfinities<Contents extends { readonly parameters: Named['parameters'] }>(contents: Contents): Contents {
  const entries = Object.entries(contents.parameters)
  const read = (value: unknown): unknown =>
    typeof value === 'string' && Math.abs(Number(value)) === Infinity ? Number(value) : value
  return { ...contents, parameters: Object.fromEntries(entries.map(([key, value]) => [key, read(value)])) }
}

export function numbers(values: Values): number[] {
  return values.map(Number)
}

export function float32(values: Values): Float32Array<ArrayBuffer> {
  return Float32Array.from(numbers(values))
}

const SHOWN = 8

/** Expects no fault at any element, and shows the first few that have one. */
export function expectNoFaults(
  actual: Float32Array,
  truth: readonly number[],
  inputs: Readonly<Record<string, Float32Array>>,
  faultAt: (index: number, actual: number, truth: number) => Fault,
): void {
  expect(actual.length).toBe(truth.length)
  const bits = toBits(actual)
  const faults: string[] = []
  let count = 0
  for (const [i, expected] of truth.entries()) {
    const fault = faultAt(i, bits[i]!, expected)
    if (fault === undefined || ++count > SHOWN) continue
    const given = Object.entries(inputs).map(([name, array]) => `${name} = ${reading(toBits(array)[i]!, array[i]!)}`)
    const distance = ulpsBetween(bitsOf(expected), bits[i]!)
    const results = `expected ${expected}, got ${reading(bits[i]!, actual[i]!)}, ${distance} ULP`
    faults.push(`[${i}] ${given.join(', ')}: ${results}: ${fault}`)
  }
  if (count > SHOWN) faults.push(`… and ${count - SHOWN} more of ${truth.length}`)
  expect(faults).toEqual([])
}

function reading(bits: number, value: number): string {
  return `${Object.is(value, -0) ? '-0' : value} (0x${bits.toString(16).padStart(8, '0')})`
}
