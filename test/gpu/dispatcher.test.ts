import { afterEach, describe, expect, test, vi } from 'vitest'
import { Activation } from '../../src/activations/activation.ts'
import {
  createDispatcher,
  type DispatcherOptions,
  FallbackEvent,
  leakyRelu,
  MismatchEvent,
  relu,
} from '../../src/index.ts'
import { requestDevice } from '../../src/gpu/device.ts'
import { expectSameBits, fromBits, scrambledBits } from '../support/float32.ts'
import { leakyReluBackward, reluBackward, reluForward } from '../support/truth.ts'

const destroy: (() => void)[] = []
afterEach(() => {
  for (const done of destroy.splice(0)) done()
})

async function dispatcherWith(options: DispatcherOptions) {
  const dispatcher = await createDispatcher(options)
  const mismatches: MismatchEvent[] = []
  const fallbacks: FallbackEvent[] = []
  dispatcher.addEventListener('mismatch', event => mismatches.push(event))
  dispatcher.addEventListener('fallback', event => fallbacks.push(event))
  destroy.push(() => dispatcher.destroy())
  return { dispatcher, mismatches, fallbacks }
}

async function ownDevice(descriptor: Partial<GPUSupportedLimits> = {}): Promise<GPUDevice> {
  const device = await requestDevice()
  const limits = Object.fromEntries(
    ['maxBufferSize', 'maxStorageBufferBindingSize', 'maxComputeWorkgroupsPerDimension'].map(name => [
      name,
      device.limits[name as 'maxBufferSize'],
    ]),
  )
  Object.defineProperty(device, 'limits', { value: { ...limits, ...descriptor } })
  destroy.push(() => device.destroy())
  return device
}

/** relu as a driver or a slip might have it. */
function brokenRelu(forward: string): Activation {
  const shader = `fn forward(x: Float) -> Float { return ${forward}; }
                  fn backward(x: Float, dy: Float) -> Float { return dy; }`
  const { name, parameters, uniforms, gated, reference, loops } = relu()
  return new Activation({ name, parameters, uniforms, gated, reference, loops, shader })
}

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
    const x = scrambledBits(123_457, 3)
    const dy = scrambledBits(123_457, 4)
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    expectSameBits(await dispatcher.backward(relu(), x, dy), reluBackward(x, dy), { x, dy })
    expect(dispatcher.report.fallbacks).toBe(0)
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
    expect(dispatcher.report).toMatchObject({ fallbacks: 0, quarantined: [] })
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

describe('a device that fails', () => {
  const x = scrambledBits(5000, 6)

  test('a buffer it refuses', async () => {
    const device = await ownDevice()
    const { dispatcher, fallbacks } = await dispatcherWith({ processor: 'webgpu', device })
    const uncaptured = vi.fn()
    device.addEventListener('uncapturederror', uncaptured)
    const create = device.createBuffer.bind(device)
    Object.defineProperty(device, 'createBuffer', {
      value: (descriptor: GPUBufferDescriptor) => create({ ...descriptor, size: 2 ** 52 }),
    })
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    expect(dispatcher.report.fallbacks).toBe(1)
    expect(fallbacks[0]!.reason.length).toBeGreaterThan(20)
    expect(uncaptured).not.toHaveBeenCalled()
  })

  test('destroyed by its owner between two calls', async () => {
    const device = await ownDevice()
    const { dispatcher, fallbacks } = await dispatcherWith({ processor: 'webgpu', device })
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    device.destroy()
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    await device.lost
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    expect(fallbacks).toHaveLength(2)
    expect(dispatcher.report).toMatchObject({ processor: 'cpu', fallbacks: 2, reason: expect.stringMatching(/lost/) })
  })

  test('destroyed by its owner during a call', async () => {
    const device = await ownDevice()
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device })
    const calls = [dispatcher.forward(relu(), x), dispatcher.forward(relu(), x)]
    device.destroy()
    for (const y of await Promise.all(calls)) expectSameBits(y, reluForward(x), { x })
  })

  test('lost before it is adopted', async () => {
    const device = await requestDevice()
    device.destroy()
    await device.lost
    expect((await createDispatcher({ device })).report).toMatchObject({
      processor: 'cpu',
      reason: expect.stringMatching(/lost/),
    })
    await expect(createDispatcher({ device, processor: 'webgpu' })).rejects.toMatchObject({
      code: 'webgpu-unavailable',
    })
  })
})

describe('whose device', () => {
  test('an adopted one is not destroyed', async () => {
    const device = await ownDevice()
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device })
    await dispatcher.forward(relu(), new Float32Array(9))
    dispatcher.destroy()
    await expect(dispatcher.forward(relu(), new Float32Array(9))).rejects.toMatchObject({ code: 'destroyed' })
    device.pushErrorScope('validation')
    device.createBuffer({ size: 16, usage: GPUBufferUsage.STORAGE }).destroy()
    expect(await device.popErrorScope()).toBeNull()
    expect(await Promise.race([device.lost.then(() => 'lost'), Promise.resolve('live')])).toBe('live')
  })

  test('a destroyed dispatcher rejects the calls that wait', async () => {
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
    const call = dispatcher.forward(relu(), scrambledBits(1_000_000, 7))
    dispatcher.destroy()
    await expect(call).rejects.toMatchObject({ code: 'destroyed' })
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

  test('takes a hardware adapter for arrays that are worth the trip', async () => {
    const device = await ownDevice()
    Object.defineProperty(device, 'adapterInfo', {
      value: { vendor: 'acme', description: 'Acme 1', isFallbackAdapter: false },
    })
    const { dispatcher } = await dispatcherWith({ device })
    expect(dispatcher.report).toMatchObject({ processor: 'webgpu', reason: expect.stringMatching(/Acme 1/) })
    await dispatcher.forward(relu(), new Float32Array(1000))
    expect(dispatcher.report.crossChecks.runs).toBe(0)
    const x = scrambledBits(2 ** 20, 9)
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    expect(dispatcher.report).toMatchObject({ fallbacks: 0, crossChecks: { runs: 1 } })
  })
})

test('an array that is transferred during its call is an error, not a result', async () => {
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
  const x = scrambledBits(40 * 2 ** 20, 10)
  const call = dispatcher.forward(relu(), x)
  structuredClone(x.buffer, { transfer: [x.buffer] })
  await expect(call).rejects.toMatchObject({ code: 'invalid-array' })
})
