import { describe, expect, test } from 'vitest'
import { leakyRelu, relu } from '../../../src/index.ts'

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
