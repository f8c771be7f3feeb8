import { describe, expect, test } from 'vitest'
import { geglu, glu, isGlu, relu, reglu, swiglu } from '../../../src/index.ts'

test('a pair is a value', () => {
  expect([glu(), reglu(), geglu(), swiglu()].map(String)).toEqual([
    'glu()',
    'reglu()',
    'geglu({ approximate: "none" })',
    'swiglu()',
  ])
  expect([glu(), reglu(), geglu(), swiglu()].map(pair => pair.activation.name)).toEqual([
    'sigmoid',
    'relu',
    'gelu',
    'silu',
  ])
  expect(geglu({ approximate: 'tanh' }).parameters).toEqual({ approximate: 'tanh' })
  const programs = [glu(), reglu(), geglu(), geglu({ approximate: 'tanh' }), swiglu()].map(
    ({ programName }) => programName,
  )
  expect(new Set(programs).size).toBe(5)
  for (const part of [glu(), glu().parameters, glu().bounds, glu().wgslSources])
    expect(Object.isFrozen(part)).toBe(true)
})

test('a pair is told from an activation and from what is neither', () => {
  for (const pair of [glu(), reglu(), geglu(), swiglu()]) expect(isGlu(pair)).toBe(true)
  const revoked = Proxy.revocable(swiglu(), {})
  revoked.revoke()
  for (const other of [
    relu(),
    { ...swiglu() },
    Object.create(swiglu()),
    revoked.proxy,
    swiglu,
    'swiglu',
    null,
    undefined,
  ]) {
    expect(isGlu(other)).toBe(false)
  }
})

describe('bad parameters', () => {
  test.each([
    ['glu', glu],
    ['reglu', reglu],
    ['swiglu', swiglu],
  ] as const)('%s has no options', (name, make) => {
    expect(() => make({ alpha: 1 } as never)).toThrow(`${name} has no option "alpha". Call ${name}().`)
    expect(() => make(1 as never)).toThrow(/given 1/)
  })

  test('geglu', () => {
    expect(() => geglu({ approximate: 'erf' as never })).toThrow(
      /geglu's approximate is "erf"\. Give one of 'none' \| 'tanh'/,
    )
    expect(() => geglu({ tanh: true } as never)).toThrow(/geglu has no option "tanh"/)
  })
})
