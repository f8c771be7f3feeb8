import { describe, expect, test } from 'vitest'
import { leakyRelu, relu } from '../../src/index.ts'
import { brokenRelu, dispatcherWith, ownDevice, trackBuffers } from '../support/dispatcher.ts'
import { expectSameBits, fromBits, scrambledBits } from '../support/float32.ts'
import { leakyReluBackward, reluBackward, reluForward } from '../support/truth.ts'

describe('right results', () => {
  test.each(['sample', 'full', 'off'] as const)('crossCheck: %s', async crossCheck => {
    const { dispatcher, mismatches, fallbacks } = await dispatcherWith({ processor: 'webgpu', crossCheck })
    const x = scrambledBits(50_001, 1)
    const dy = scrambledBits(50_001, 2)
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    expectSameBits(await dispatcher.backward(leakyRelu({ alpha: 0.5 }), x, dy), leakyReluBackward(0.5, x, dy), {
      x,
      dy,
    })
    const { crossChecks, processor, adapter } = dispatcher.report
    expect({ processor, mismatches, fallbacks }).toEqual({ processor: 'webgpu', mismatches: [], fallbacks: [] })
    expect(adapter?.isFallbackAdapter).toBe(true)
    expect(crossChecks).toMatchObject({ runs: crossCheck === 'off' ? 0 : 2, mismatches: 0, maxUlp: 0 })
    if (crossCheck === 'full') expect(crossChecks.elements).toBe(100_002)
    if (crossCheck === 'sample') expect(crossChecks.elements).toBeGreaterThan(2048)
  })

  test('arrays beyond the limits are split', async () => {
    const device = await ownDevice({ maxStorageBufferBindingSize: 65_536 + 4, maxBufferSize: 100_000 })
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device, crossCheck: 'off' })
    const buffers = trackBuffers(device)
    const x = scrambledBits(123_457, 3)
    const dy = scrambledBits(123_457, 4)
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    expectSameBits(await dispatcher.backward(relu(), x, dy), reluBackward(x, dy), { x, dy })
    expect(dispatcher.report.fallbacks).toBe(0)
    expect(Math.max(...buffers.sizes)).toBeLessThanOrEqual(65_540)
  })

  test('many calls at a time', async () => {
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', crossCheck: 'full' })
    const calls = Array.from({ length: 40 }, async (_, i) => {
      const x = scrambledBits(100 + 37 * i, i)
      expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    })
    await Promise.all(calls)
    expect(dispatcher.report).toMatchObject({ fallbacks: 0, crossChecks: { runs: 40 } })
  })

  test('an empty array', async () => {
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
    expect(await dispatcher.forward(relu(), new Float32Array(0))).toEqual(new Float32Array(0))
  })
})

describe('a kernel that is wrong', () => {
  const x = scrambledBits(20_000, 5)

  test("max(x, 1.0): the CPU's answer, an event to read, and quarantine", async () => {
    const { dispatcher, mismatches, fallbacks } = await dispatcherWith({ processor: 'webgpu' })
    const broken = brokenRelu('max(x, Float(1.0))')
    expectSameBits(await dispatcher.forward(broken, x), reluForward(x), { x })
    expect(mismatches).toHaveLength(1)
    expect(mismatches[0]!.report).toMatch(/^relu\(\) forward: \d+ of \d+ elements compared differ/)
    expect(mismatches[0]!.report).toMatch(/\n✗ \[\d+\] x = .*: expected .*, got /)
    expect(mismatches[0]!.mismatches[0]).toMatchObject({ index: expect.any(Number), expected: expect.any(Number) })
    const [reason] = mismatches[0]!.report.split('\n')
    expect(fallbacks.map(event => event.reason)).toEqual([reason])
    expect(dispatcher.report).toMatchObject({ fallbacks: 1, quarantined: ['relu forward'], reason })

    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    expect(fallbacks[1]!.reason).toMatch(/relu forward is quarantined/)
    expect(dispatcher.report).toMatchObject({ processor: 'webgpu', fallbacks: 2, crossChecks: { runs: 1 } })
    await dispatcher.forward(leakyRelu(), x)
    expect(dispatcher.report).toMatchObject({ fallbacks: 2, crossChecks: { runs: 2 } })
  })

  test("onMismatch: 'throw'", async () => {
    const { dispatcher, mismatches } = await dispatcherWith({ processor: 'webgpu', onMismatch: 'throw' })
    const call = dispatcher.forward(brokenRelu('x'), x)
    await expect(call).rejects.toMatchObject({
      name: 'CrossCheckError',
      code: 'cross-check',
      message: expect.stringMatching(/✗/),
    })
    expect(mismatches).toHaveLength(1)
    expect(dispatcher.report).toMatchObject({ fallbacks: 0, quarantined: ['relu forward'] })
    // Not used again: an element that no sample meets must not come back wrong.
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    expect(dispatcher.report).toMatchObject({ fallbacks: 1, crossChecks: { runs: 1 } })
  })

  test('a NaN that became 0 is caught wherever it is', async () => {
    const { dispatcher, mismatches } = await dispatcherWith({ processor: 'webgpu' })
    const y = Float32Array.from({ length: 100_000 }, (_, i) => i)
    y.set(fromBits([0xffc00001]), 54_321)
    const builtin = brokenRelu('select(Float(0.0), x, is_positive(x))')
    expectSameBits(await dispatcher.forward(builtin, y), y)
    expect(mismatches[0]?.mismatches.map(mismatch => mismatch.index)).toEqual([54_321])
  })

  test('WGSL that does not compile', async () => {
    const { dispatcher, fallbacks } = await dispatcherWith({ processor: 'webgpu' })
    expectSameBits(await dispatcher.forward(brokenRelu('no_such_function(x)'), x), reluForward(x), { x })
    expect(fallbacks[0]!.reason).toMatch(/no_such_function/)
  })
})

describe("'auto'", () => {
  test('does without a software adapter, and says so', async () => {
    const { dispatcher } = await dispatcherWith({})
    const { processor, reason, adapter } = dispatcher.report
    expect({ processor, isFallbackAdapter: adapter?.isFallbackAdapter }).toEqual({
      processor: 'cpu',
      isFallbackAdapter: true,
    })
    expect(reason).toMatch(/software/)
    const x = scrambledBits(1000, 8)
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
  })
})

test('the seed picks the sample', async () => {
  // Wrong at one element in 1,000: which of them a sample meets is the seed's choice.
  const x = Float32Array.from({ length: 100_000 }, (_, i) => (i % 1000 === 7 ? -5 : i))
  const found = async (seed: number): Promise<readonly number[]> => {
    const { dispatcher, mismatches } = await dispatcherWith({ processor: 'webgpu', seed })
    await dispatcher.forward(brokenRelu('select(x, Float(1.0), x == Float(-5.0))'), x)
    return mismatches.flatMap(event => event.mismatches.map(mismatch => mismatch.index))
  }
  const first = await found(1)
  expect(await found(1)).toEqual(first)
  const others = await Promise.all([found(2), found(3), found(4)])
  expect(others.some(other => other.join() !== first.join())).toBe(true)
})
