import { describe, expect, test } from 'vitest'
import {
  clamp,
  hardShrink,
  hardSigmoid,
  hardTanh,
  leakyRelu,
  relu,
  selu,
  softplus,
  softShrink,
  swish,
  threshold,
} from '../../../src/index.ts'

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

  const outOfRange: readonly (readonly [() => unknown, RegExp])[] = [
    ...[2 ** -65, -(2 ** -65), 2 ** 65, -(2 ** 65), 1e-40].map(
      beta =>
        [() => swish({ beta }), /swish's beta is .*\. Give 0, or one of a magnitude from 2\^-64 to 2\^64\./] as const,
    ),
    ...[2 ** 51, -(2 ** 51)].map(
      alpha => [() => selu({ alpha }), /selu's alpha is .*\. Give one from -2\^50 to 2\^50\./] as const,
    ),
    ...[0, -0, 2 ** -51, 2 ** 51, -(2 ** 51)].map(
      gamma => [() => selu({ gamma }), /selu's gamma is .*\. Give one of a magnitude from 2\^-50 to 2\^50\./] as const,
    ),
    ...[17.9, 0.2, -100, NaN, '20', null].map(
      threshold =>
        [() => softplus({ threshold } as never), /softplus's threshold is .*\. Give one from 18 on/] as const,
    ),
    [() => softplus({ beta: null } as never), /softplus's beta is null/],
    [() => softplus({ scale: 1 } as never), /softplus has no option "scale"\. Call softplus\(\{ beta: 1 \}\)/],
    [() => swish({ beta: NaN }), /swish's beta is NaN/],
    [() => selu({ gamma: Infinity }), /selu's gamma is Infinity/],
    [() => selu({ scale: 1 } as never), /no option "scale".*selu\(\{ alpha: 1\.67\d*, gamma: 1\.05\d* \}\)/],
  ]
  test.each(outOfRange)('%s', (make, message) => {
    expect(make).toThrow(expect.objectContaining({ name: 'InputError' }))
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

// WebNN and ONNX have the constants of selu in float32.
test('the constants of selu in float32 stand for all their digits, each by itself', () => {
  const [alpha, gamma] = [1.67326319217681884765625, 1.05070102214813232421875]
  expect(selu({ alpha, gamma }).uniforms).toEqual(selu().uniforms)
  expect(selu({ alpha: 1.6732632, gamma: 1.050701 }).uniforms).toEqual(selu().uniforms)
  expect(selu({ gamma: 2 }).reference.forward(-Infinity)).toBe(-2 * 1.6732632423543772)
  expect(selu({ alpha: 2 }).reference.forward(1)).toBe(1.0507009873554805)
})

test('y does not tell the derivative of selu with a negative alpha or gamma', () => {
  expect(selu({ alpha: 0 }).derivativeFromY).toBeDefined()
  expect(selu({ alpha: -1 }).derivativeFromY).toBeUndefined()
  expect(selu({ gamma: -1 }).derivativeFromY).toBeUndefined()
})

test.each([1, 0.1, 3, 1e-6, 2 ** 24])('softplus is that of PyTorch with a threshold from 18 on, beta %s', beta => {
  const { reference, uniforms } = softplus({ beta })
  for (const threshold of [18, 20, 1e30, Infinity]) expect(softplus({ beta, threshold }).uniforms).toEqual(uniforms)
  for (let z = 18; z < 1e4; z *= 1.001) {
    const x = Math.fround((z * 1.0001) / beta)
    expect([reference.forward(x), reference.derivative(x)].map(Math.fround)).toEqual([x, 1])
  }
})
