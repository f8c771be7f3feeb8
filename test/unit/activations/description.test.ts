import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Activation } from '../../../src/activations/support/activation.ts'
import { type GluActivation, isGlu } from '../../../src/activations/support/glu-activation.ts'
import { gelu, prelu, relu, swiglu, threshold } from '../../../src/index.ts'
import { optionsFor } from '../../fuzz/subjects.ts'
import { makerNames } from '../../support/maker-names.ts'
import { exported } from '../../support/vectors.ts'

// What an activation says of itself makes it again: in a configuration, in another thread.

type Described = Pick<Activation, 'name' | 'parameters'>
type Make = (parameters?: unknown) => Activation | GluActivation

const make = ({ name, parameters }: Described): Activation | GluActivation => (exported[name] as Make)(parameters)

/** All that computes, as values. */
function contentsOf(activation: Activation | GluActivation): unknown {
  const { name, parameters, programName, wgslSources, uniforms, bounds } = activation
  const common = { name, parameters, programName, wgslSources, uniforms, bounds, text: String(activation) }
  if (isGlu(activation)) return { ...common, of: contentsOf(activation.activation) }
  const { channels, zeroWhereShut, reference, derivativeFromY } = activation
  const at = (x: number): unknown => [reference.forward(x, 3), reference.derivative(x, 3)]
  return {
    ...common,
    channels,
    zeroWhereShut,
    fromY: derivativeFromY !== undefined,
    values: [-Infinity, -2, -0, 0.3, 7].map(at),
  }
}

const ways: Readonly<Record<string, (activation: Activation | GluActivation) => Described>> = {
  'name and parameters': ({ name, parameters }) => ({ name, parameters }),
  toJSON: activation => activation.toJSON(),
  'a structured clone': activation => structuredClone(activation.toJSON()),
  JSON: activation => JSON.parse(JSON.stringify(activation)) as Described,
  'JSON of a configuration': activation =>
    (JSON.parse(JSON.stringify({ layers: [{ activation }] })) as { layers: { activation: Described }[] }).layers[0]!
      .activation,
}

const hasNegativeZero = ({ parameters }: Described): boolean =>
  Object.values(parameters).some(value => [value].flat().some(number => Object.is(number, -0)))

describe.each(makerNames)('%s', name => {
  test.each(Object.entries(ways))('by %s', (way, describeIt) => {
    const anyOf = optionsFor(name).map(options => (exported[name] as Make)(options))
    const holds = fc.property(anyOf, activation => {
      // JSON has no -0.
      fc.pre(!way.startsWith('JSON') || !hasNegativeZero(activation))
      expect(contentsOf(make(describeIt(activation)))).toEqual(contentsOf(activation))
    })
    fc.assert(holds, { seed: 1, numRuns: 30 })
  })
})

test('it is short, and says it all', () => {
  expect(JSON.stringify([relu(), swiglu(), gelu({ approximate: 'tanh' }), prelu({ alpha: [1, 0.5], inner: 3 })])).toBe(
    '[{"name":"relu","parameters":{}},{"name":"swiglu","parameters":{}},' +
      '{"name":"gelu","parameters":{"approximate":"tanh"}},{"name":"prelu","parameters":{"alpha":[1,0.5],"inner":3}}]',
  )
})

test('-0 becomes 0 in JSON, and no other', () => {
  const { parameters } = prelu({ alpha: [-0, 1] })
  expect(prelu(structuredClone(parameters)).channels!.slopes).toEqual(Float32Array.of(-0, 1))
  expect(prelu(JSON.parse(JSON.stringify(parameters)) as object).channels!.slopes).toEqual(Float32Array.of(0, 1))
})

test('an infinity is a word in JSON, and a number otherwise', () => {
  const made = threshold({ threshold: -Infinity, value: 1 })
  expect(JSON.stringify(made)).toBe('{"name":"threshold","parameters":{"threshold":"-Infinity","value":1}}')
  expect(made.parameters).toEqual({ threshold: -Infinity, value: 1 })
  expect(String(made)).toBe('threshold({ threshold: -Infinity, value: 1 })')
})

test('its properties are as many as before, and a copy of them is no text', () => {
  expect(Object.keys(relu())).not.toContain('toJSON')
  expect(JSON.stringify({ ...swiglu(), wgslSources: [] })).toContain('"name":"swiglu"')
})
