import { describe, expect, test } from 'vitest'
import { GluActivation } from '../../src/activations/support/glu-activation.ts'
import { Activation } from '../../src/activations/support/activation.ts'
import { geglu, glu, reglu, relu, swiglu, swigluClamped } from '../../src/index.ts'
import { dispatcherWith, ownDevice, trackBuffers } from '../support/dispatcher.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { testDevice } from '../support/gpu.ts'
import { brokenReglu, expectPair, knownPairs, ordinary, regluGateGradient, regluOf } from '../support/pairs.ts'

type Three = [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>]
const three = (length: number): Three => [1, 2, 3].map(seed => ordinary(length, seed)) as Three

describe('right results', () => {
  test.each(['sample', 'full', 'off'] as const)('crossCheck: %s', async crossCheck => {
    const device = await testDevice()
    const { dispatcher, mismatches, fallbacks } = await dispatcherWith({ processor: 'webgpu', device, crossCheck })
    const [gate, up, dy] = three(5001)
    for (const known of knownPairs) {
      const y = await dispatcher.forward(known.pair, gate, up)
      expectPair(known, { gate, up, dy, y, ...(await dispatcher.backward(known.pair, gate, up, dy)) })
    }
    const { crossChecks } = dispatcher.report
    expect({ mismatches, fallbacks }).toEqual({ mismatches: [], fallbacks: [] })
    expect(crossChecks).toMatchObject({ runs: crossCheck === 'off' ? 0 : 2 * knownPairs.length, mismatches: 0 })
    expect(crossChecks.maxUlp).toBeLessThanOrEqual(8)
    if (crossCheck === 'full') expect(crossChecks.elements).toBe(3 * knownPairs.length * 5001)
  })

  // Every kind of product that leaves float32 on its way, or cannot be told from one that does.
  test('any bits pass a full cross-check', async () => {
    const device = await testDevice()
    const { dispatcher, mismatches } = await dispatcherWith({ processor: 'webgpu', device, crossCheck: 'full' })
    const [gate, up, dy] = [1, 2, 3].map(seed => scrambledBits(3001, seed)) as Three
    for (const pair of [reglu(), glu(), swiglu(), geglu(), geglu({ approximate: 'tanh' }), swigluClamped()]) {
      for (const gates of [gate, ordinary(3001, 4).map(value => value * 8)]) {
        await dispatcher.forward(pair, gates, up)
        await dispatcher.backward(pair, gates, up, dy)
      }
    }
    expect(mismatches.map(event => event.report)).toEqual([])
    expect(dispatcher.report.fallbacks).toBe(0)
  })

  test('arrays beyond the limits are split, and nothing is left behind', async () => {
    const device = await ownDevice({ maxStorageBufferBindingSize: 65_536 + 4, maxBufferSize: 100_000 })
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device, crossCheck: 'full' })
    const buffers = trackBuffers(device)
    const [gate, up, dy] = three(123_457)
    const known = knownPairs[0]!
    const y = await dispatcher.forward(known.pair, gate, up)
    expectPair(known, { gate, up, dy, y, ...(await dispatcher.backward(known.pair, gate, up, dy)) })
    expect(dispatcher.report.fallbacks).toBe(0)
    expect(Math.max(...buffers.sizes)).toBeLessThanOrEqual(65_540)
    dispatcher.destroy()
    expect([...buffers.live]).toEqual([])
  })

  test('empty arrays', async () => {
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
    const nothing = new Float32Array(0)
    expect(await dispatcher.forward(glu(), nothing, nothing)).toEqual(nothing)
    expect(await dispatcher.backward(glu(), nothing, nothing, nothing)).toEqual({ dGate: nothing, dUp: nothing })
  })
})

describe('a kernel that is wrong', () => {
  const [gate, up, dy] = three(20_000)

  test("forward: the CPU's answer, an event to read, and quarantine", async () => {
    const { dispatcher, mismatches, fallbacks } = await dispatcherWith({ processor: 'webgpu' })
    const broken = brokenReglu('max(x, Float(0.001))')
    const y = await dispatcher.forward(broken, gate, up)
    expectPair(knownPairs[0]!, { gate, up, y })
    expect(mismatches).toHaveLength(1)
    expect(mismatches[0]).toMatchObject({ activation: broken, direction: 'forward' })
    expect(mismatches[0]!.report).toMatch(/^reglu\(\) forward: \d+ of \d+ elements compared differ/)
    expect(mismatches[0]!.report).toMatch(/\n✗ \[\d+\] gate = .*, up = .*: expected .*, got /)
    const [first] = mismatches[0]!.mismatches
    expect(first).toMatchObject({ result: 'y', gate: gate[first!.index], up: up[first!.index] })
    expect(dispatcher.report).toMatchObject({ fallbacks: 1, quarantined: ['reglu forward'] })
    await dispatcher.forward(reglu(), gate, up)
    expect(fallbacks[1]!.reason).toMatch(/reglu forward is quarantined/)
    // relu itself is another kernel.
    await dispatcher.forward(relu(), gate)
    expect(dispatcher.report.fallbacks).toBe(2)
  })

  test('backward: both gradients are checked', async () => {
    const slips: readonly [string, string, readonly string[]][] = [
      ['x + x', 'select(Float(0.0), dy, is_positive(x))', ['dUp']],
      ['select(Float(0.0), x, is_positive(x))', 'dy', ['dGate']],
      ['x + x', 'dy', ['dGate', 'dUp']],
    ]
    const { name, reference, zeroWhereShut } = relu()
    for (const [forward, backward, wrong] of slips) {
      const { dispatcher, mismatches } = await dispatcherWith({ processor: 'webgpu' })
      const wgsl = `fn forward(x: Float) -> Float { return ${forward}; }
                    fn backward(x: Float, dy: Float) -> Float { return ${backward}; }`
      const broken = new GluActivation('reglu', new Activation({ name, reference, zeroWhereShut, wgslSources: [wgsl] }))
      const { dGate, dUp } = await dispatcher.backward(broken, gate, up, dy)
      expectPair(knownPairs[0]!, { gate, up, dy, dGate, dUp })
      expect(mismatches).toHaveLength(1)
      expect([...new Set(mismatches[0]!.mismatches.map(({ result }) => result))]).toEqual(wrong)
      for (const result of wrong) expect(mismatches[0]!.report).toMatch(new RegExp(`reglu\\(\\) ${result}: \\d+ of`))
      expect(mismatches[0]!.report).toMatch(/gate = .*, up = .*, dy = .*: expected/)
    }
  })

  test("onMismatch: 'throw'", async () => {
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', onMismatch: 'throw' })
    const call = dispatcher.backward(brokenReglu('x'), gate, up, dy)
    await expect(call).rejects.toMatchObject({ name: 'CrossCheckError', message: expect.stringMatching(/✗/) })
    expect(dispatcher.report).toMatchObject({ fallbacks: 0, quarantined: ['reglu backward'] })
  })

  test('a NaN that became 0 is caught wherever it is', async () => {
    const { dispatcher, mismatches } = await dispatcherWith({ processor: 'webgpu' })
    const withNaN = gate.slice()
    withNaN[12_345] = NaN
    const y = await dispatcher.forward(brokenReglu('select(Float(0.0), x, is_positive(x))'), withNaN, up)
    expect(y[12_345]).toBeNaN()
    expect(mismatches[0]?.mismatches.map(mismatch => mismatch.index)).toEqual([12_345])
  })
})

test('an input that is transferred during its call is an error, not a result', async () => {
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
  await dispatcher.forward(reglu(), new Float32Array(4), new Float32Array(4))
  for (const moved of [0, 1, 2]) {
    const arrays = three(1000)
    const call = dispatcher.backward(reglu(), ...arrays).catch((error: unknown) => error)
    structuredClone(arrays[moved]!.buffer, { transfer: [arrays[moved]!.buffer] })
    expect(await call).toMatchObject({ code: 'invalid-array' })
  }
})

test('one array for all of them', async () => {
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
  const x = ordinary(1003, 5)
  const { dGate, dUp } = await dispatcher.backward(reglu(), x, x, x)
  const unsigned = (array: Float32Array): Float32Array => array.map(value => value || 0)
  expectSameBits(unsigned(dGate), unsigned(regluGateGradient(x, x, x)))
  expectSameBits(unsigned(dUp), unsigned(regluOf(x, x)))
})
