import { describe, expect, test } from 'vitest'
import { clamp, hardShrink, hardSigmoid, hardTanh, leakyRelu, relu, softShrink, threshold } from '../../../src/index.ts'

test('an activation is a value', () => {
  expect(leakyRelu().parameters).toEqual({ alpha: Math.fround(0.01) })
  expect(leakyRelu({ alpha: 0.2 }).parameters).toEqual({ alpha: Math.fround(0.2) })
  expect(leakyRelu({ alpha: undefined }).parameters).toEqual(leakyRelu().parameters)
  expect(String(relu())).toBe('relu()')
  expect(String(leakyRelu({ alpha: 0.5 }))).toBe('leakyRelu({ alpha: 0.5 })')
  expect(Object.isFrozen(relu())).toBe(true)
  for (const part of [leakyRelu().parameters, relu().reference, relu().loops]) expect(Object.isFrozen(part)).toBe(true)
})

describe('bad parameters', () => {
  const cases: readonly [unknown, string, RegExp][] = [
    [{ alpha: NaN }, 'invalid-parameter', /alpha is NaN/],
    [{ alpha: Infinity }, 'invalid-parameter', /alpha is Infinity/],
    [{ alpha: -Infinity }, 'invalid-parameter', /alpha is -Infinity/],
    [{ alpha: 1e39 }, 'invalid-parameter', /alpha is 1e\+39, which rounds to Infinity in float32/],
    [{ alpha: '0.1' }, 'invalid-parameter', /alpha is "0\.1"/],
    [{ alpha: null }, 'invalid-parameter', /alpha is null/],
    [{ alpha: 1n }, 'invalid-parameter', /alpha is 1n/],
    [{ slope: 0.1 }, 'unknown-option', /"slope".*leakyRelu\(\{ alpha: 0\.01 \}\)/],
    [0.1, 'invalid-argument', /given 0\.1/],
    [null, 'invalid-argument', /given null/],
    [[0.1], 'invalid-argument', /given Array\(1\)/],
  ]
  test.each(cases)('leakyRelu(%o)', (options, code, message) => {
    const make = (): unknown => leakyRelu(options as { alpha: number })
    expect(make).toThrow(expect.objectContaining({ name: 'InputError', code, fix: expect.stringMatching(/Give|Call/) }))
    expect(make).toThrow(message)
  })

  test('relu has no options', () => {
    expect(() => relu({ alpha: 1 } as never)).toThrow(/relu has no option "alpha"\. Call relu\(\)\./)
  })
})

describe('bounds and thresholds that may be infinite', () => {
  test('are kept as they are', () => {
    expect(clamp().parameters).toEqual({ minValue: -Infinity, maxValue: Infinity })
    expect(clamp({ minValue: 0 }).parameters).toEqual({ minValue: 0, maxValue: Infinity })
    expect(clamp({ maxValue: 0.1 }).parameters).toEqual({ minValue: -Infinity, maxValue: Math.fround(0.1) })
    expect(clamp({ minValue: 2, maxValue: 2 }).parameters).toEqual({ minValue: 2, maxValue: 2 })
    expect(hardTanh({ minValue: -Infinity }).parameters).toEqual({ minValue: -Infinity, maxValue: 1 })
    expect(hardShrink({ lambda: Infinity }).parameters).toEqual({ lambda: Infinity })
  })

  const refused: readonly [string, () => unknown, RegExp][] = [
    [
      'NaN',
      () => clamp({ minValue: NaN }),
      /clamp's minValue is NaN\. Give a number that is finite .*, or an infinity/,
    ],
    ['NaN', () => threshold({ threshold: 0, value: NaN }), /value is NaN/],
    ['beyond float32', () => clamp({ maxValue: 1e39 }), /maxValue is 1e\+39, which rounds to Infinity in float32/],
    ['beyond float32', () => hardShrink({ lambda: 1e39 }), /lambda is 1e\+39, which rounds to Infinity/],
    ['text', () => hardTanh({ minValue: 'Inf' as never }), /minValue is "Inf"\. Give a number\./],
    ['null', () => clamp({ maxValue: null as never }), /maxValue is null/],
    ['crossed', () => clamp({ minValue: 1, maxValue: -1 }), /clamp's minValue is 1 and its maxValue -1\./],
    ['crossed', () => clamp({ minValue: Infinity, maxValue: 0 }), /minValue is Infinity and its maxValue 0\./],
    ['crossed', () => hardTanh({ maxValue: -Infinity }), /hardTanh's minValue is -1 and its maxValue -Infinity\./],
    ['negative', () => hardShrink({ lambda: -Infinity }), /lambda is -Infinity\. Give one that is not negative/],
    ['negative', () => softShrink({ lambda: -Infinity }), /lambda is -Infinity/],
    ['unknown', () => clamp({ min: 0 } as never), /clamp has no option "min"/],
  ]
  test.each(refused)('%s: %s', (_, make, message) => {
    expect(make).toThrow(
      expect.objectContaining({ name: 'InputError', code: expect.stringMatching(/parameter|option/) }),
    )
    expect(make).toThrow(message)
  })
})

describe('hardSigmoid', () => {
  test('without options has none, and with one the default of the other', () => {
    for (const made of [hardSigmoid(), hardSigmoid({}), hardSigmoid({ alpha: undefined })]) {
      expect(made.parameters).toEqual({})
      expect(made.programName).toBe('hardSigmoid')
    }
    expect(hardSigmoid({ alpha: 0.2 }).parameters).toEqual({ alpha: Math.fround(0.2), beta: 0.5 })
    expect(hardSigmoid({ beta: 0.25 }).parameters).toEqual({ alpha: Math.fround(1 / 6), beta: 0.25 })
  })

  test.each([
    [{ alpha: 0 }, /alpha is 0\. Give one from 2\^-24 to 2\^24/],
    [{ alpha: 2 ** 25 }, /alpha is 33554432/],
    [{ alpha: -(2 ** -25) }, /alpha is -/],
    [{ alpha: Infinity }, /alpha is Infinity/],
    [{ alpha: NaN }, /alpha is NaN/],
    [{ beta: 1e-20 }, /beta is .*Give 0, or one from 2\^-48/],
    [{ beta: -1e9 }, /beta is -1000000000/],
    [{ beta: '0.5' as never }, /beta is "0.5"/],
    [{ slope: 1 } as never, /hardSigmoid has no option "slope"\. Call hardSigmoid\(\{ alpha: 0\.2, beta: 0\.5 \}\)/],
  ])('refuses %o', (options, message) => {
    expect(() => hardSigmoid(options)).toThrow(message)
  })
})
