import fc from 'fast-check'
import type { Activation } from '../../src/activations/support/activation.ts'
import type { GluActivation } from '../../src/activations/support/glu-activation.ts'
import * as library from '../../src/index.ts'
import { allActivations, allGlus, formulaOf, recordOf, valuesOf } from '../activations/lookup.ts'
import { ANY, type Interval, type Parameter } from '../activations/record.ts'
import { Recipe } from './recipe.ts'
import type { Subject } from './pair-truth.ts'

/** Every activation that the library exports, with parameters that it has to take. */

const between = (min: number, max: number): fc.Arbitrary<number> => fc.float({ min, max, noNaN: true })
const anyFinite = fc.oneof(
  fc.constantFrom(0, -0, 0.01, 1, -1, 0.25, 2 ** -149, 3.4028234663852886e38),
  between(-4, 4),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
)
/** More digits than float32 has. */
const unrounded = <N extends number>(numbers: fc.Arbitrary<N>): fc.Arbitrary<number> =>
  fc.tuple(numbers, fc.constantFrom(0, 2 ** -30)).map(([number, more]) => number * (1 + more))
/** Of either sign, from 2^least to 2^most, and often of ordinary size. */
const ofSize = ([least, most]: Interval): fc.Arbitrary<number> => {
  if (most < 0) return ofSize([-most, -least]).map(number => -number)
  if (least < 0) return fc.tuple(ofSize([0, most]), fc.constantFrom(1, -1)).map(([number, sign]) => number * sign)
  if (most === 0) return fc.constant(0)
  const powers = fc.integer({
    min: least === 0 ? -100 : Math.log2(least),
    max: Math.min(100, Math.floor(Math.log2(most))) - 1,
  })
  const sized = fc.oneof(
    between(Math.max(least, 0.25), 4),
    fc.tuple(powers, between(1, 2)).map(([power, n]) => n * 2 ** power),
  )
  return least === 0 ? fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 9, arbitrary: sized }) : sized
}

/** A value that a parameter takes. */
function valueOf(parameter: Parameter): fc.Arbitrary<number | string | Float32Array> {
  switch (parameter.kind) {
    case 'word':
      return fc.constantFrom(...parameter.words)
    case 'count':
      return fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(64, 2 ** 31 - 1))
    case 'slopes':
      return fc.oneof(
        anyFinite,
        fc.array(anyFinite, { minLength: 1, maxLength: 9 }).map(values => Float32Array.from(values)),
      )
    case 'number': {
      const isAny = parameter.legal.some(([least, most]) => least === ANY[0] && most === ANY[1])
      return isAny ? unrounded(anyFinite).filter(isFinite32) : fc.oneof(...parameter.legal.map(ofSize))
    }
  }
}

const isFinite32 = (value: number): boolean => Number.isFinite(Math.fround(value))

export const pairNames: readonly string[] = allGlus.map(({ name }) => name)
export const maskNames: readonly string[] = allActivations
  .filter(({ name, samples }) => formulaOf(name, samples[0]).isOpen !== undefined)
  .map(({ name }) => name)

const LONGEST_PERIOD = 1000

/**
 * A length for the tensors of a subject, and whether slopes fit it. That of a prelu is made whole periods of them, but where these are
 * long, and of one in eight.
 */
export function lengthFor(
  { parameters: { alpha, inner } }: Subject,
  length: number,
  most = Infinity,
): { readonly length: number; readonly fits: boolean } {
  const period = alpha instanceof Float32Array && alpha.length > 1 ? alpha.length * (inner as number) : 1
  if (length % 8 === 7 || period > LONGEST_PERIOD) return { length, fits: length % period === 0 }
  const next = Math.ceil(length / period) * period
  return { length: next > most ? next - period : next, fits: true }
}

/** Makes an activation as a caller would. */
export function callMaker(name: string, options: unknown): unknown {
  return (library as unknown as Record<string, (options: unknown) => unknown>)[name]!(options)
}

type Options = Readonly<Record<string, number | string | Float32Array>>

/** Options for a maker, each given or left out where it may be. */
export function optionsFor(name: string): fc.Arbitrary<Options> {
  const record = recordOf(name)
  const needed = Object.entries(record.parameters).filter(
    ([, one]) => one.kind === 'number' && one.initial === undefined,
  )
  const values = Object.fromEntries(Object.entries(record.parameters).map(([key, one]) => [key, valueOf(one)]))
  const options = fc.record(values, { requiredKeys: needed.map(([key]) => key) }) as fc.Arbitrary<Options>
  return options.filter(given => record.together(valuesOf(record, given)))
}

/** An activation or a pair of these names, and what it was made with. */
export function subjectOf(
  names: readonly string[],
): fc.Arbitrary<{ readonly subject: Subject; readonly recipe: Recipe<Activation | GluActivation> }> {
  return fc.constantFrom(...names).chain(name =>
    optionsFor(name).map(options => {
      const subject = { name, parameters: valuesOf(recordOf(name), options) as Options }
      const make = (): Activation | GluActivation => callMaker(name, options) as Activation
      return { subject, recipe: new Recipe(`${name}(${fc.stringify(options)})`, 'right' as const, make) }
    }),
  )
}
