import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ACTIVATIONS } from '../../../demo/state/choices.ts'
import { allActivations, allGlus, formulaOf, isRequired, valuesOf } from '../../activations/lookup.ts'
import { boundedSamples, samples } from '../../activations/samples.ts'
import { INPUTS_FILE, inputsText } from '../../conformance/inputs.ts'
import { makerNames } from '../../support/maker-names.ts'
import { activationOf, madeFor, numbers, type Vectors, vectorsIn } from '../../support/vectors.ts'

// The catalogue is complete, and agrees with the 60-digit vectors and with the library.

const records = [...allActivations, ...allGlus]
const vectors = vectorsIn<Vectors<'x' | 'y' | 'derivative'> & { readonly gated: boolean }>(
  import.meta.glob(['../../conformance/*.json', '!../../conformance/{pair,prelu}-*.json'], {
    eager: true,
    import: 'default',
  }),
)

describe('each activation of the library has all of its pieces', () => {
  const has = (names: readonly string[], remedy: string): string[] =>
    makerNames.filter(name => !names.includes(name)).map(name => `${name} ${remedy}`)
  const namesOf = (all: readonly { readonly name: string }[]): string[] => all.map(({ name }) => name)

  test('a record in the catalogue', () => {
    expect(has(namesOf(records), 'has no record in test/activations/catalogue.ts: add one.')).toEqual([])
    const left = namesOf(records).filter(name => !makerNames.includes(name))
    expect(left.map(name => `${name} is in test/activations/catalogue.ts, and src/index.ts exports none.`)).toEqual([])
  })

  test('a choice on the page', () => {
    expect(has(namesOf(ACTIVATIONS), 'is no choice on the page: add an entry to demo/state/choices.ts.')).toEqual([])
  })

  test('inputs for its vectors', () => {
    const told = `${INPUTS_FILE} is older than test/activations/catalogue.ts: run python3 test/conformance/generate.py.`
    const text = readFileSync(fileURLToPath(new URL(`../../../${INPUTS_FILE}`, import.meta.url)), 'utf8')
    expect(text === inputsText() ? [] : [told]).toEqual([])
  })

  test('vectors', () => {
    const inOtherFiles = Object.keys(import.meta.glob(['../../conformance/{pair,prelu}-*.json']))
    const covered = [
      ...vectors.map(({ activation }) => activation),
      ...inOtherFiles.map(path => /conformance\/(?:pair-)?([a-zA-Z]+)/.exec(path)![1]!),
    ]
    const remedy =
      'has no vectors: add its formula to test/conformance/truth.py, and run python3 test/conformance/generate.py.'
    expect(has(covered, remedy)).toEqual([])
  })
})

describe('the library has what the catalogue says', () => {
  const withoutDefaults = (name: string): boolean =>
    records.some(one => one.name === name && Object.values(one.parameters).some(isRequired))

  test.each(makerNames.filter(name => !withoutDefaults(name)))('the parameters of %s and their defaults', name => {
    const record = allActivations.find(one => one.name === name) ?? allGlus.find(one => one.name === name)!.of
    const values = Object.entries(valuesOf(record, {}))
    const expected = values.map(([key, value]) => [key, value instanceof Float32Array ? value[0] : value])
    expect((madeFor({ activation: name, parameters: {} }) as { parameters: object }).parameters).toEqual(
      Object.fromEntries(expected),
    )
  })

  test.each(samples)('$call', ({ activation, formula, record }) => {
    const { bounds, gate, derivativeFromY, zeroWhereShut } = activation
    const accuracy = bounds === undefined ? 'exact' : bounds.forward === 0 ? 'rounded' : 'bounded'
    expect({ accuracy, zeroWhereShut, hasGate: gate !== undefined, hasFromY: derivativeFromY !== undefined }).toEqual({
      accuracy: record.accuracy,
      zeroWhereShut: record.zeroWhereShut,
      hasGate: formula.isOpen !== undefined,
      hasFromY: formula.fromY !== undefined,
    })
    // It need be no nearer than errors are measured against dy.
    if (formula.crossing === undefined) expect(bounds?.crossing).toBeUndefined()
    else expect(bounds?.crossing).toBeCloseTo(formula.crossing, 2)
  })

  test.each([
    ['leakyRelu', { alpha: -0.5 }],
    ['prelu', { alpha: [0.25, -3] }],
    ['elu', { alpha: -1 }],
    ['hardTanh', { minValue: -0.1, maxValue: 0.75 }],
    ['hardTanh', { minValue: -0.1, maxValue: Infinity }],
    ['clamp', { minValue: 0, maxValue: 6 }],
    ['clamp', { minValue: 0 }],
    ['clamp', { maxValue: 6 }],
  ] as const)('%s(%o): y does not tell', (name, options) => {
    expect(activationOf({ activation: name, parameters: options }).derivativeFromY).toBeUndefined()
    expect(formulaOf(name, options).fromY).toBeUndefined()
  })
})

/** In units of the truth; of 1 where a derivative goes through zero, and of nothing where the truth is below 2^-200. */
const isNear = (value: number, truth: number, absolute = 0): boolean =>
  Object.is(value, truth) ||
  value === truth ||
  Math.abs(value - truth) <= Math.max(1e-11 * Math.abs(truth), absolute, 2 ** -200)

describe('the formulas, beside values of 60 digits', () => {
  test.each(vectors)('$file', ({ activation, parameters, x, y, derivative, gated }) => {
    const formula = formulaOf(activation, parameters)
    const { crossing = 0, reach = 1 } = formula
    expect(allActivations.find(({ name }) => name === activation)!.zeroWhereShut).toBe(gated)
    const wrong = numbers(x).flatMap((at, i) => {
      const [results, truths] = [
        [formula.value(at, i), formula.derivative(at, i)] as const,
        [Number(y[i]), Number(derivative[i])] as const,
      ]
      const isRight =
        isNear(results[0], truths[0]) && isNear(results[1], truths[1], Math.abs(at - crossing) < 3 * reach ? 1e-15 : 0)
      return isRight ? [] : [{ x: at, results, truths }]
    })
    expect(wrong).toEqual([])
  })

  // Of numbers that lose nothing: 1 - y^2 has as many digits as tanh(x) is far from 1.
  const tells = boundedSamples.filter(({ formula }) => formula.fromY !== undefined)
  test.each(tells)('$call: the derivative from y', ({ formula: { value, derivative, fromY } }) => {
    const x = Array.from({ length: 401 }, (_, i) => (i - 200) / 100)
    for (const at of x) expect(fromY!(value(at, 0), 0)).toBeCloseTo(derivative(at, 0), 12)
  })
})
