import { describe, expect, test } from 'vitest'
import { leakyRelu, prelu } from '../../../src/index.ts'

test('prelu is a value', () => {
  expect(prelu().parameters).toEqual({ alpha: 0.25, inner: 1 })
  expect(prelu({ alpha: Float32Array.of(0.5), inner: 7 }).parameters).toEqual({ alpha: 0.5, inner: 7 })
  const many = prelu({ alpha: Float32Array.of(0.1, -0, 3), inner: 2 })
  expect(many.parameters).toEqual({ alpha: [Math.fround(0.1), -0, 3], inner: 2 })
  expect(String(many)).toBe('prelu({ alpha: Array(3), inner: 2 })')
  expect(String(prelu({ alpha: 0.5 }))).toBe('prelu({ alpha: 0.5, inner: 1 })')
  for (const part of [many, many.parameters, many.parameters['alpha'], many.channels]) {
    expect(Object.isFrozen(part)).toBe(true)
  }
})

test('one slope shares the program of leakyRelu; many have one of their own', () => {
  const one = prelu({ alpha: 0.1 })
  const { programName, wgslSources, uniforms } = leakyRelu({ alpha: 0.1 })
  expect(one).toMatchObject({ programName, wgslSources, uniforms })
  expect(prelu({ alpha: new Float32Array(2) }).programName).toBe(prelu({ alpha: new Float32Array(300) }).programName)
})

test('the slopes are copied, from an array of any realm', async () => {
  const alpha = Float32Array.of(1, 2)
  const before = prelu({ alpha })
  alpha.fill(9)
  expect(before.parameters['alpha']).toEqual([1, 2])
  const { runInNewContext } = await import('node:vm')
  expect(prelu({ alpha: runInNewContext('Float32Array.of(3, 4)') as Float32Array }).parameters['alpha']).toEqual([3, 4])
})

test.each([
  ['numbers', [0.1, -0, 3]],
  ['doubles', Float64Array.of(0.1, -0, 3)],
  ['frozen numbers', Object.freeze([0.1, -0, 3])],
])('slopes in an array of %s are rounded to float32', (_, alpha) => {
  const { parameters, channels } = prelu({ alpha, inner: 2 })
  expect(parameters).toEqual({ alpha: [Math.fround(0.1), -0, 3], inner: 2 })
  expect([...channels!.slopes]).toEqual(parameters['alpha'])
})

test('one in an array is one by itself', () => {
  expect(prelu({ alpha: [0.5] })).toMatchObject({ programName: 'leakyRelu', parameters: { alpha: 0.5, inner: 1 } })
})

describe('bad parameters', () => {
  const detached = Float32Array.of(1, 2)
  structuredClone(detached, { transfer: [detached.buffer] })
  const cases: readonly [unknown, string, RegExp][] = [
    [{ alpha: NaN }, 'invalid-parameter', /prelu's alpha is NaN/],
    [{ alpha: 1e39 }, 'invalid-parameter', /alpha is 1e\+39, which rounds to Infinity/],
    [{ alpha: '0.25' }, 'invalid-parameter', /alpha is "0\.25"/],
    [{ alpha: [0.1, '0.2'] }, 'invalid-parameter', /alpha\[1\] is "0\.2"/],
    [{ alpha: [0.1, [0.2]] }, 'invalid-parameter', /alpha\[1\] is Array\(1\)/],
    [{ alpha: Object.assign([0.1], { length: 2 }) }, 'invalid-parameter', /alpha\[1\] is undefined/],
    [{ alpha: [0.1, 1e39] }, 'invalid-parameter', /alpha\[1\] is 1e\+39, which rounds to Infinity/],
    [{ alpha: [0.1, null] }, 'invalid-parameter', /alpha\[1\] is null/],
    [{ alpha: [] }, 'invalid-parameter', /alpha is empty/],
    [{ alpha: Float64Array.of(1, 1e39) }, 'invalid-parameter', /alpha\[1\] is 1e\+39/],
    [{ alpha: new Uint16Array(2) }, 'invalid-parameter', /alpha is Uint16Array\(2\).*an array of one for each channel/],
    [{ alpha: { 0: 0.1, length: 1 } }, 'invalid-parameter', /alpha is an object/],
    [{ alpha: new Float32Array(0) }, 'invalid-parameter', /alpha is empty/],
    [{ alpha: Float32Array.of(1, Infinity) }, 'invalid-parameter', /alpha\[1\] is Infinity/],
    [{ alpha: Float32Array.of(1, 2, NaN) }, 'invalid-parameter', /alpha\[2\] is NaN/],
    [{ alpha: detached }, 'invalid-array', /prelu's alpha is detached/],
    [{ inner: 0 }, 'invalid-parameter', /inner is 0/],
    [{ inner: -1 }, 'invalid-parameter', /inner is -1/],
    [{ inner: 1.5 }, 'invalid-parameter', /inner is 1\.5/],
    [{ inner: 2 ** 31 }, 'invalid-parameter', /inner is 2147483648/],
    [{ inner: '2' }, 'invalid-parameter', /inner is "2"/],
    [{ channels: 3 }, 'unknown-option', /"channels".*prelu\(\{ alpha: 0\.25, inner: 1 \}\)/],
    [0.25, 'invalid-argument', /given 0\.25/],
  ]
  test.each(cases)('prelu(%o)', (options, code, message) => {
    const make = (): unknown => prelu(options as object)
    expect(make).toThrow(expect.objectContaining({ name: 'InputError', code, fix: expect.stringMatching(/Give|Call/) }))
    expect(make).toThrow(message)
  })

  test('what throws when it is looked at, and more than there may be', () => {
    const cause = new RangeError('no')
    const get = (): never => {
      throw cause
    }
    const { proxy, revoke } = Proxy.revocable([0.1], {})
    revoke()
    const unreadable = expect.objectContaining({ name: 'InputError', code: 'invalid-argument' })
    expect(() => prelu({ alpha: new Proxy([0.1], { get }) })).toThrow(expect.objectContaining({ cause }))
    expect(() => prelu({ alpha: Object.defineProperty([0.1], 0, { get }) })).toThrow(expect.objectContaining({ cause }))
    expect(() => prelu({ alpha: proxy })).toThrow(unreadable)
    expect(() => prelu({ alpha: Array<number>(2 ** 24 + 1) })).toThrow(/alpha has 16777217 slopes/)
  })
})

// Not in the table above, which prints its cases.
test.each([
  [2 ** 24, /alpha\[0\] is undefined/],
  [2 ** 32 - 1, /alpha has 4294967295 slopes/],
])('an array of %i holes is refused, and not copied', (length, message) => {
  expect(() => prelu({ alpha: Array<number>(length) })).toThrow(message)
})
