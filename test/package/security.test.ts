import { describe, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { Activation } from '../../src/activations/support/activation.ts'
import { createDispatcher, gelu, relu, swiglu, wgsl } from '../../src/index.ts'

test('nothing ships with the package that it does not hold itself', () => {
  const kinds = ['dependencies', 'optionalDependencies', 'bundleDependencies', 'bundledDependencies']
  expect(kinds.filter(kind => kind in packageJson)).toEqual([])
  // Types, for those who have them.
  const peers = ['@tensorflow/tfjs-core', '@webgpu/types']
  expect(packageJson.peerDependenciesMeta).toEqual(Object.fromEntries(peers.map(peer => [peer, { optional: true }])))
  expect(Object.keys(packageJson.peerDependencies)).toEqual(peers)
  const installed = ['preinstall', 'install', 'postinstall', 'prepare']
  expect(installed.filter(script => script in packageJson.scripts)).toEqual([])
})

describe('no text of a caller becomes WGSL', () => {
  const evil = 'fn forward(x: Float) -> Float { return x; } fn backward(x: Float, dy: Float) -> Float { return dy; }'
  const real = relu()
  const forged: readonly [string, unknown][] = [
    ['a plain object', { ...real, wgslSources: [evil] }],
    ['one made from a real one', Object.create(real, { wgslSources: { value: [evil] } })],
    ['one with the prototype', Object.setPrototypeOf({ ...real, wgslSources: [evil] }, Activation.prototype)],
    ['a proxy', new Proxy(real, { get: (target, key) => (key === 'shader' ? [evil] : Reflect.get(target, key)) })],
    ['a forged pair', Object.create(swiglu(), { wgslSources: { value: [evil] } })],
  ]

  test.each(forged)('by %s', async (_, activation) => {
    const dispatcher = await createDispatcher({ processor: 'cpu' })
    const call = dispatcher.forward(activation as Activation, Float32Array.of(1))
    await expect(call).rejects.toMatchObject({ code: 'invalid-argument' })
    expect(() => wgsl(activation as Activation)).toThrow(/activation is/)
  })

  test('by a change to a real one', () => {
    const activation = relu() as { -readonly [Name in keyof Activation]: Activation[Name] }
    expect(() => (activation.wgslSources = [evil])).toThrow(TypeError)
    expect(() => (activation.wgslSources as string[]).push(evil)).toThrow(TypeError)
    expect(() => (activation.wgslSources as string[]).splice(0, 1, evil)).toThrow(TypeError)
  })

  test.each(['x: f32) {} fn evil(', 'a b', 'a;b', 'a\n', 'ä', '__proto__', '', '1', 'fn', 'x'.repeat(5) + '/*'])(
    'by the name %j',
    name => {
      expect(() => wgsl(gelu(), { name })).toThrow(/wgsl's name/)
    },
  )
})
