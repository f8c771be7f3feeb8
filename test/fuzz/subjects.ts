import fc from 'fast-check'
import type { Activation } from '../../src/activations/support/activation.ts'
import type { GluActivation } from '../../src/activations/support/glu-activation.ts'
import * as library from '../../src/index.ts'
import { Recipe } from './recipe.ts'
import type { Subject } from './truth.ts'

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
const approximate = fc.constantFrom('none', 'tanh')
/** From 2^least to 2^most. */
const ofSize = (least: number, most: number): fc.Arbitrary<number> =>
  fc.oneof(
    between(0.25, 4),
    fc.tuple(fc.integer({ min: least, max: most - 1 }), between(1, 2)).map(([power, n]) => n * 2 ** power),
  )
const signed = (numbers: fc.Arbitrary<number>): fc.Arbitrary<number> =>
  fc.tuple(numbers, fc.constantFrom(1, -1)).map(([number, sign]) => number * sign)

const slopes = fc.oneof(
  anyFinite,
  fc.array(anyFinite, { minLength: 1, maxLength: 9 }).map(values => Float32Array.from(values)),
)

type Parameters = Readonly<Record<string, fc.Arbitrary<number | string | Float32Array>>>

const parametersOf: Readonly<Record<string, Parameters>> = {
  leakyRelu: { alpha: unrounded(anyFinite).filter(value => Math.abs(value) <= 3.4028234663852886e38) },
  prelu: { alpha: slopes, inner: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(64, 2 ** 31 - 1)) },
  threshold: { threshold: anyFinite, value: anyFinite },
  hardShrink: { lambda: ofSize(-126, 100) },
  softShrink: { lambda: fc.oneof(fc.constant(0), ofSize(-126, 100)) },
  elu: { alpha: fc.oneof(fc.constant(0), signed(ofSize(-100, 100))) },
  celu: { alpha: ofSize(-100, 100) },
  softplus: { beta: ofSize(-24, 24) },
  gelu: { approximate },
  geglu: { approximate },
}

const defaults: Readonly<Record<string, Subject['parameters']>> = {
  leakyRelu: { alpha: 0.01 },
  prelu: { alpha: 0.25, inner: 1 },
  hardTanh: { minValue: -1, maxValue: 1 },
  hardShrink: { lambda: 0.5 },
  softShrink: { lambda: 0.5 },
  elu: { alpha: 1 },
  celu: { alpha: 1 },
  softplus: { beta: 1 },
  gelu: { approximate: 'none' },
  geglu: { approximate: 'none' },
}

export const pairNames: readonly string[] = ['glu', 'reglu', 'geglu', 'swiglu']
export const maskNames: readonly string[] = [
  'relu',
  'leakyRelu',
  'prelu',
  'threshold',
  'relu6',
  'hardTanh',
  'hardShrink',
  'softShrink',
]

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

/** Options for a maker, each given or left out. */
export function optionsFor(name: string): fc.Arbitrary<Readonly<Record<string, number | string | Float32Array>>> {
  if (name === 'hardTanh') {
    return fc.option(fc.tuple(between(-8, 8), between(0, 8)), { nil: undefined }).map(bounds => {
      if (bounds === undefined) return {}
      return { minValue: bounds[0], maxValue: Math.fround(bounds[0] + bounds[1]) }
    })
  }
  const known = parametersOf[name] ?? {}
  const isNeeded = name === 'threshold'
  return fc.record(known, isNeeded ? {} : { requiredKeys: [] }) as fc.Arbitrary<
    Readonly<Record<string, number | string | Float32Array>>
  >
}

/** An activation or a pair of these names, and what it was made with. */
export function subjectOf(
  names: readonly string[],
): fc.Arbitrary<{ readonly subject: Subject; readonly recipe: Recipe<Activation | GluActivation> }> {
  return fc.constantFrom(...names).chain(name =>
    optionsFor(name).map(options => {
      const subject = { name, parameters: { ...defaults[name], ...options } }
      const make = (): Activation | GluActivation => callMaker(name, options) as Activation
      return { subject, recipe: new Recipe(`${name}(${fc.stringify(options)})`, 'right' as const, make) }
    }),
  )
}
