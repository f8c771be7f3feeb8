import { expect, test } from 'vitest'
import type { Parameters } from '../../demo/state/activation-choice.ts'
import { ACTIVATIONS, EXACT_ACTIVATIONS, makeActivation } from '../../demo/state/choices.ts'
import { OWN_ACTIVATIONS } from '../../demo/state/own.ts'
import { INITIAL_PARAMETERS, numberRule } from '../../demo/state/parameters.ts'
import { trace } from '../../demo/rooms/shapes/plot/curve.ts'
import { drawableOf } from '../../demo/rooms/shapes/plot/drawable.ts'
import { propertiesOf } from '../../demo/rooms/shapes/properties/properties.ts'
import { describeProperties } from '../../demo/rooms/shapes/properties/words.ts'
import { snippetOf } from '../../demo/rooms/shapes/code/snippet.ts'
import { statisticsOf } from '../../demo/rooms/shapes/sample/statistics.ts'
import { histogramOf } from '../../demo/support/histogram.ts'
import { describeGradient, regionsWithoutGradient, shareOf } from '../../demo/rooms/shapes/plot/gradient.ts'
import * as library from '../../src/index.ts'
import { makerNames } from '../support/maker-names.ts'

const made = (name: string, parameters: Parameters | undefined = INITIAL_PARAMETERS[name]) =>
  makeActivation(library, name, parameters)
const dispatcher = await library.createDispatcher({ processor: 'cpu' })
const make = (name: string, parameters?: Parameters) => drawableOf(made(name, parameters), dispatcher)
const gradientOf = async (name: string, parameters = INITIAL_PARAMETERS[name]) =>
  describeGradient(await regionsWithoutGradient(make(name, parameters).derivative), 0)

const ownNames = OWN_ACTIVATIONS.map(({ name }) => name)

test("every activation of the library is offered, and those of one's own, with the parameters and defaults it has", () => {
  expect(ACTIVATIONS.map(({ name }) => name).toSorted()).toEqual([...makerNames, ...ownNames].toSorted())
  for (const { name, parameters = {} } of ACTIVATIONS) {
    // There is no tensor here whose channels could have slopes of their own.
    const offered = [...Object.keys(parameters), ...(name === 'prelu' ? ['inner'] : [])]
    const changed = Object.fromEntries(
      Object.entries(INITIAL_PARAMETERS[name] ?? {}).map(([key, value]) => [
        key,
        typeof value === 'number' ? value * 2 : value,
      ]),
    )
    expect(Object.keys(made(name, changed).parameters)).toEqual(offered)
    const isOwn = Object.values(parameters).some(parameter => 'own' in parameter)
    if (!isOwn) expect(makeActivation(library, name, undefined).parameters).toEqual(made(name).parameters)
  }
})

test('every number that can be chosen makes an activation', () => {
  for (const { name, parameters = {} } of ACTIVATIONS) {
    for (const [parameter, choice] of Object.entries(parameters)) {
      const values = 'words' in choice ? choice.words : [...choice.slider.slice(0, 2), ...(choice.limits ?? [])]
      for (const value of values) {
        expect(make(name, { ...INITIAL_PARAMETERS[name], [parameter]: value }).name).toBe(name)
        if (!('words' in choice)) expect(numberRule(choice).valid(Number(value))).toBe(true)
      }
    }
  }
})

test('the activations that are held to every bit are those whose contract is exact', () => {
  const exact = ACTIVATIONS.map(({ name }) => made(name)).filter(one => !library.isGlu(one) && one.bounds === undefined)
  expect(EXACT_ACTIVATIONS).toEqual(exact.map(({ name }) => name))
})

test('a jump is a break between two ends, of which one is attained', async () => {
  const { pieces, ends } = await trace(make('threshold', { threshold: 0.1, value: 2 }).forward)
  expect(pieces).toHaveLength(2)
  expect(pieces[0]!.every(({ y }) => y === 2)).toBe(true)
  expect(pieces[1]!.every(({ x, y }) => y === x)).toBe(true)
  const jump = Math.fround(0.1)
  expect(ends).toEqual([
    { x: jump, y: 2, attained: true },
    { x: expect.closeTo(jump, 7), y: expect.closeTo(jump, 7), attained: false },
  ])
})

test.each([
  ['step', {}, 0],
  ['hardShrink', { lambda: 1.03 }, -Math.fround(1.03)],
  ['relu6', {}, 0],
])('%s(%o): the end at the threshold is the one that is attained', async (name, parameters, threshold) => {
  const { forward, derivative } = make(name, parameters)
  const { ends } = await trace(name === 'relu6' ? derivative : forward)
  expect(ends.filter(({ attained }) => attained)[0]!.x).toBe(threshold)
  expect(ends.map(({ attained }) => attained).filter(Boolean)).toHaveLength(ends.length / 2)
})

test.each([
  ['relu', {}, [1, 2]],
  ['step', {}, [2, 1]],
  ['hardShrink', { lambda: 1.03 }, [3, 3]],
  ['hardTanh', { minValue: -0.513, maxValue: 0 }, [1, 3]],
  ['hardShrink', { lambda: 0 }, [1, 3]],
  ['tanh', {}, [1, 1]],
  ['softplus', { beta: 1000 }, [1, 1]],
  ['celu', { alpha: 0.001 }, [1, 1]],
])('%s(%o): the pieces of the function and of its derivative', async (name, parameters, pieces) => {
  const { forward, derivative } = make(name, parameters)
  expect([await trace(forward), await trace(derivative)].map(curve => curve.pieces.length)).toEqual(pieces)
})

test('where the gradient dies, and for which share of a normal input', async () => {
  expect(await gradientOf('relu')).toMatch(
    /^No gradient where x ≤ 0: 50% of a standard normal input\. A unit .* has died\.$/,
  )
  expect(await gradientOf('relu6')).toContain('where x ≤ 0 or x ≥ 6: 50% of')
  expect(await gradientOf('hardShrink')).toContain('where −0.5 ≤ x ≤ 0.5: 38.3% of')
  expect(await gradientOf('step')).toContain('where x is anything: 100% of')
  expect(await gradientOf('tanh')).toMatch(
    /^Next to no gradient, less than 1\/1000, where x < −4\.15 or x > 4\.15: less than/,
  )
  expect(await gradientOf('leakyRelu')).toMatch(/^The derivative is nowhere below 1\/1000/)
  expect(await gradientOf('leakyRelu', { alpha: 0 })).toContain('No gradient where x ≤ 0')
  // Its derivative crosses zero at -1.5, where nothing dies.
  expect(await gradientOf('hardSwish')).toContain('where x ≤ −3: 0.1% of')
  const regions = await regionsWithoutGradient(make('relu').derivative)
  expect(shareOf(regions, -3)).toBeCloseTo(0.99865, 5)
  expect(describeGradient(regions, 1.5)).toContain(': 6.7% of a normal input of mean 1.5.')
})

const factsOf = async (name: string, parameters = INITIAL_PARAMETERS[name]) => {
  const facts = describeProperties(await propertiesOf(make(name, parameters)))
  return Object.fromEntries(facts.map(({ term, text }) => [term, text]))
}

test('the properties of activations, against what is known of them', async () => {
  const { mean, deviation, lowest, steepest } = await propertiesOf(make('gelu'))
  // By Stein's lemma the mean of x Phi(x) is that of the density: 1 / sqrt(4 pi).
  expect(mean).toBeCloseTo(1 / Math.sqrt(4 * Math.PI), 5)
  expect(deviation).toBeCloseTo(0.5879, 4)
  expect([lowest.value, lowest.at[0]!.from]).toEqual([expect.closeTo(-0.16997, 5), expect.closeTo(-0.7518, 3)])
  // The second derivative, phi(x) (2 - x^2), is 0 there.
  expect([steepest.value, steepest.at[0]!.from]).toEqual([expect.closeTo(1.1289, 5), expect.closeTo(Math.SQRT2, 2)])
  expect(await factsOf('relu')).toEqual({
    Range: '0 to ∞',
    Monotone: 'yes, it never falls',
    Saturates: 'on the left, at 0',
    'At 0': 'value 0, slope 0 (0 on the left, 1 on the right)',
    Steepest: '1 where x > 0',
    'Zero-centred': 'no: mean 0.399, deviation 0.584 over a standard normal input',
  })
  const some: [string, Parameters, string, string][] = [
    ['silu', {}, 'Range', '−0.278 (at x = −1.28) to ∞'],
    ['silu', {}, 'Monotone', 'no: it falls where x < −1.28'],
    ['hardSwish', {}, 'Monotone', 'no: it falls where −3 < x < −1.5'],
    ['leakyRelu', { alpha: -0.5 }, 'Monotone', 'no: it falls where x < 0'],
    ['threshold', { threshold: 1, value: 3 }, 'Monotone', 'no: it jumps down at x = 1'],
    ['threshold', { threshold: 1, value: 0 }, 'Monotone', 'yes, it never falls'],
    ['tanh', {}, 'Saturates', 'on both sides, at −1 and 1'],
    ['softsign', {}, 'Range', '−1 to 1'],
    ['logSigmoid', {}, 'Saturates', 'on the right, at 0'],
    ['hardShrink', { lambda: 0.5 }, 'Steepest', '1 where x < −0.5 or x > 0.5'],
    ['squaredRelu', {}, 'Steepest', '∞, as x grows'],
    ['softplus', { beta: 1 }, 'Steepest', '1, as x grows'],
    ['step', {}, 'Steepest', '0 everywhere'],
    ['sigmoid', {}, 'Steepest', '0.25 at x = 0'],
    ['kneeSwish', { knee: 2 }, 'Range', '−0.5 (at x = −1) to ∞'],
    ['selu', {}, 'Zero-centred', 'yes: mean 0, deviation 1 over a standard normal input'],
  ]
  for (const [name, parameters, term, text] of some) {
    expect([name, (await factsOf(name, { ...INITIAL_PARAMETERS[name], ...parameters }))[term]]).toEqual([name, text])
  }
  for (const { name } of ACTIVATIONS)
    expect(Object.values(await factsOf(name)).join()).not.toMatch(/NaN|undefined|Infinity/)
})

test('the lines that use an activation have the parameters that differ', () => {
  const callOf = (name: string, parameters: Parameters = {}) =>
    /forward\((.*)\)\n$/.exec(snippetOf(name, { ...INITIAL_PARAMETERS[name], ...parameters }))![1]
  expect(callOf('relu')).toBe('relu(), x')
  expect(callOf('hardTanh', { maxValue: 2 })).toBe('hardTanh({ maxValue: 2 }), x')
  expect(callOf('geglu', { approximate: 'tanh' })).toBe("geglu({ approximate: 'tanh' }), gate, up")
  expect(callOf('clamp')).toBe('clamp({ minValue: -1, maxValue: 1 }), x')
  expect(callOf('hardSigmoid')).toBe('hardSigmoid(), x')
  expect(callOf('hardSigmoid', { alpha: 0.2 })).toBe('hardSigmoid({ alpha: 0.2 }), x')
  expect(callOf('threshold')).toBe('threshold({ threshold: 1, value: 0 }), x')
})

test.each(ownNames)('the lines of %s define it: pasted, they compute what the page draws', async name => {
  const parameters = Object.fromEntries(
    Object.entries(INITIAL_PARAMETERS[name]!).map(([key, value]) => [key, Number(value) + 1]),
  )
  const lines = snippetOf(name, parameters)
  // A name stands for one definition, and these lines are its text in another form.
  const pasted = lines
    .replaceAll(new RegExp(`\\b${name}\\b`, 'g'), `${name}Pasted`)
    .replace(/^import (.*) from .*$/m, '')
  expect(/^import (.*) from 'webgpu-activations'$/m.exec(lines)![1]).toBe('{ createDispatcher, defineActivation }')
  const AsyncFunction = (async () => {}).constructor as new (...source: string[]) => typeof run
  const run: (...given: unknown[]) => Promise<unknown> = new AsyncFunction(
    'createDispatcher',
    'defineActivation',
    'x',
    `${pasted}\nreturn y`,
  )
  const x = Float32Array.from({ length: 241 }, (_, i) => i / 20 - 6)
  expect(await run(library.createDispatcher, library.defineActivation, x)).toEqual(
    await make(name, parameters).forward(x),
  )
})

test('values are counted: what is not finite for nothing, and one value alone in the middle', () => {
  const values = Float32Array.of(-1, 0, -0, 3, NaN, Infinity)
  const statistics = statisticsOf(values)
  expect(statistics).toEqual({ count: 6, notFinite: 2, lowest: -1, mean: 0.5, highest: 3, negative: 1, zeros: 2 })
  expect(histogramOf(values, statistics, 4)).toEqual([1, 2, 0, 1])
  const same = Float32Array.of(2, 2)
  expect(histogramOf(same, statisticsOf(same), 4)).toEqual([0, 0, 2, 0])
  expect(statisticsOf(Float32Array.of(NaN))).toMatchObject({ notFinite: 1, lowest: 0, mean: 0, highest: 0 })
})
