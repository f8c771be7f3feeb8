import { describe, expect, test, vi } from 'vitest'
import { Activation } from '../../../src/activations/support/activation.ts'
import { checkActivation } from '../../../src/activations/support/check.ts'
import * as library from '../../../src/index.ts'
import { VERSION } from '../../../src/support/version.ts'

// What is given in place of an activation: it is told what it is, and what to do about it.

const { createDispatcher, geglu, gelu, leakyRelu, prelu, relu, swiglu, wgsl } = library

vi.resetModules()
const second = await import('../../../src/index.ts')
vi.resetModules()
vi.doMock('../../../src/support/version.ts', () => ({ VERSION: '7.8.9' }))
const newer = await import('../../../src/index.ts')

const { proxy: revoked, revoke } = Proxy.revocable(relu(), {})
revoke()
const throwing = new Proxy(relu(), {
  get() {
    throw new RangeError('no')
  },
})

class ReLU {
  readonly name = 're_lu_1'
  apply(): void {}
}

const cases: readonly (readonly [what: string, value: unknown, message: RegExp])[] = [
  ['the function', relu, /the function relu itself\. Call it: relu\(\)\.$/],
  ['the function of a pair', swiglu, /the function swiglu itself\. Call it: swiglu\(\)\.$/],
  ['its name', 'relu', /is "relu", a name\. Give what its function makes: relu\(\)\.$/],
  [
    'a plain copy',
    { ...leakyRelu({ alpha: 0.2 }) },
    /a copy of leakyRelu\({ alpha: 0\.2 }\)\. Call leakyRelu\({ alpha: 0\.2 }\)\.$/,
  ],
  [
    'a copy of a pair',
    { ...geglu({ approximate: 'tanh' }) },
    /a copy of geglu\(.*\)\. Call geglu\({ approximate: "tanh" }\)\.$/,
  ],
  ['what JSON gives', JSON.parse(JSON.stringify(leakyRelu({ alpha: 0.2 }))), /Call leakyRelu\({ alpha: 0\.2 }\)\.$/],
  [
    'a clone of its description',
    structuredClone(prelu({ alpha: [1, 2] }).toJSON()),
    /Call prelu\({ alpha: Array\(2\), inner: 1 }\)/,
  ],
  [
    'a copy with its prototype',
    Object.setPrototypeOf({ ...relu() }, Activation.prototype),
    /a copy of relu\(\)\. Call relu\(\)\.$/,
  ],
  [
    'a proxy',
    new Proxy(leakyRelu(), {}),
    /a Proxy of leakyRelu\({ alpha: 0\.01 }\), or .*\. Give the activation itself, or call/,
  ],
  ['a proxy of a pair', new Proxy(swiglu(), {}), /a Proxy of swiglu\(\), or another object made from it\./],
  ['one that inherits', Object.create(relu()), /a Proxy of relu\(\), or another object made from it\./],
  [
    'of a second copy',
    second.relu(),
    new RegExp(`relu\\(\\) of another copy of this module \\(both of version ${VERSION}\\)\\. Load the module once`),
  ],
  ['a pair of it', second.swiglu(), /swiglu\(\) of another copy of this module/],
  [
    'of another version',
    newer.leakyRelu({ alpha: 0.3 }),
    new RegExp(`leakyRelu\\({ alpha: 0\\.3 }\\) of another copy .*\\(that of version 7\\.8\\.9, this of ${VERSION}\\)`),
  ],
  ['a proxy of that', new Proxy(newer.relu(), {}), /another copy of this module/],
  ['a revoked proxy', revoked, /an object that cannot be looked at\. Give one made here/],
  ['one that throws', throwing, /The activation is an object/],
  ["another library's", new ReLU(), /an object of type Object\. Give one made here/],
  ["another library's class", ReLU, /function ReLU\. Give one made here/],
  ['an arrow function', (x: number) => Math.max(0, x), /function \(anonymous\)\. Give one made here/],
  ['a module', { name: 'relu', parameters: () => [] }, /an object of type (Object|Function)\. Give one made here/],
  ['a promise', Promise.resolve(relu()), /an object of type Promise\. Give one made here/],
  ['an array', [relu()], /Array\(1\)\. Give one made here/],
  ['nothing', undefined, /undefined\. Give one made here/],
  ['null', null, /null\. Give one made here/],
  ['a symbol', Symbol('relu'), /Symbol\(relu\)\. Give one made here/],
  ['a sentence', 'x'.repeat(1000), /"x+…"\. Give one made here/],
  ['a long name', { name: 'x'.repeat(1e6), parameters: {} }, /an object of type Object/],
  [
    'long parameters',
    { name: 'relu', parameters: { ['y'.repeat(1e6)]: 'z'.repeat(1e6) } },
    /a copy of relu\({ y+…\. Call relu/,
  ],
  [
    'many parameters',
    { name: 'relu', parameters: Object.fromEntries(Array.from({ length: 1e4 }, (_, i) => [i, i])) },
    /a copy of relu/,
  ],
]

/** All that takes one. */
const dispatcher = await createDispatcher({ processor: 'cpu' })
const x = Float32Array.of(1)
const takers: Readonly<Record<string, (activation: never) => unknown>> = {
  forward: activation => dispatcher.forward(activation, x),
  backward: activation => dispatcher.backward(activation, x, x),
  backwardAlpha: activation => dispatcher.backwardAlpha(activation, x, x),
  wgsl: activation => wgsl(activation),
}

describe.each(cases)('%s', (_, value, message) => {
  test.each(Object.entries(takers))('%s', async (name, take) => {
    const call = async (): Promise<unknown> => take(value as never)
    const error = await call().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(library.InputError)
    const { code, message: said } = error as library.InputError
    expect({ name, code, said }).toEqual({
      name,
      code: 'invalid-argument',
      said: expect.stringMatching(message) as string,
    })
    expect(said).toMatch(/^The activation is /)
    expect(said.length).toBeLessThan(300)
  })
})

test('those that were made here are none', () => {
  for (const activation of [relu(), swiglu(), gelu()]) expect(checkActivation(activation)).toBeUndefined()
})

test('each copy computes with its own, and its errors are told by their code', async () => {
  const other = await second.createDispatcher({ processor: 'cpu' })
  expect(await other.forward(second.relu(), Float32Array.of(-1, 1))).toEqual(Float32Array.of(0, 1))
  const error: unknown = await other.forward(relu() as never, x).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(second.InputError)
  expect(error).not.toBeInstanceOf(library.InputError)
  expect(error).toMatchObject({ name: 'InputError', code: 'invalid-argument' })
})
