import { expect, test } from 'vitest'
import { ACTIVATIONS, makeActivation, type Parameters } from '../../demo/state/choices.ts'
import { INITIAL_PARAMETERS, numberRule } from '../../demo/state/parameters.ts'
import { trace } from '../../demo/plot/curve.ts'
import { drawableOf } from '../../demo/plot/drawing.ts'
import { describeGradient, regionsWithoutGradient, shareOf } from '../../demo/plot/gradient.ts'
import * as library from '../../src/index.ts'
import { makerNames } from '../support/maker-names.ts'

const made = (name: string, parameters: Parameters | undefined = INITIAL_PARAMETERS[name]) =>
  makeActivation(library, name, parameters)
const make = (name: string, parameters?: Parameters) => drawableOf(made(name, parameters))
const gradientOf = (name: string, parameters = INITIAL_PARAMETERS[name]) =>
  describeGradient(regionsWithoutGradient(make(name, parameters).reference.derivative), 0)

test('every activation of the library is offered, with the parameters and defaults it has', () => {
  expect(ACTIVATIONS.map(({ name }) => name).toSorted()).toEqual(makerNames.toSorted())
  for (const { name, parameters = {} } of ACTIVATIONS) {
    // There is no tensor here whose channels could have slopes of their own.
    const offered = [...Object.keys(parameters), ...(name === 'prelu' ? ['inner'] : [])]
    expect(Object.keys(made(name).parameters)).toEqual(offered)
    if (name !== 'threshold') expect(makeActivation(library, name, undefined).parameters).toEqual(made(name).parameters)
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

test('a jump is a break between two ends, of which one is attained', () => {
  const { pieces, ends } = trace(make('threshold', { threshold: 0.1, value: 2 }).reference.forward)
  expect(pieces).toHaveLength(2)
  expect(pieces[0]!.every(({ y }) => y === 2)).toBe(true)
  expect(pieces[1]!.every(({ x, y }) => y === x)).toBe(true)
  const jump = Math.fround(0.1)
  expect(ends).toEqual([
    { x: jump, y: 2, attained: true },
    { x: expect.closeTo(jump, 12), y: expect.closeTo(jump, 12), attained: false },
  ])
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
])('%s(%o): the pieces of the function and of its derivative', (name, parameters, pieces) => {
  const { forward, derivative } = make(name, parameters).reference
  expect([trace(forward), trace(derivative)].map(curve => curve.pieces.length)).toEqual(pieces)
})

test('where the gradient dies, and for which share of a normal input', () => {
  expect(gradientOf('relu')).toMatch(/^No gradient where x ≤ 0: 50% of a standard normal input\. A unit .* has died\.$/)
  expect(gradientOf('relu6')).toContain('where x ≤ 0 or x ≥ 6: 50% of')
  expect(gradientOf('hardShrink')).toContain('where −0.5 ≤ x ≤ 0.5: 38.3% of')
  expect(gradientOf('step')).toContain('where x is anything: 100% of')
  expect(gradientOf('tanh')).toMatch(
    /^Next to no gradient, less than 1\/1000, where x < −4\.15 or x > 4\.15: less than/,
  )
  expect(gradientOf('leakyRelu')).toMatch(/^The derivative is nowhere below 1\/1000/)
  expect(gradientOf('leakyRelu', { alpha: 0 })).toContain('No gradient where x ≤ 0')
  // Its derivative crosses zero at -1.5, where nothing dies.
  expect(gradientOf('hardSwish')).toContain('where x ≤ −3: 0.1% of')
  const regions = regionsWithoutGradient(make('relu').reference.derivative)
  expect(shareOf(regions, -3)).toBeCloseTo(0.99865, 5)
  expect(describeGradient(regions, 1.5)).toContain(': 6.7% of a normal input of mean 1.5.')
})
