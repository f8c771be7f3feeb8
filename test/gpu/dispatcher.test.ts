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

/** Follows the buffers of a device: how large they were made, and how many of them live. */
function trackBuffers(device: GPUDevice): { readonly sizes: number[]; readonly live: Set<string> } {
  const tracked = { sizes: [] as number[], live: new Set<string>() }
  const create = device.createBuffer.bind(device)
  Object.defineProperty(device, 'createBuffer', {
    configurable: true,
    value: (descriptor: GPUBufferDescriptor) => {
      const buffer = create(descriptor)
      const name = `${descriptor.label} ${tracked.sizes.push(descriptor.size)}`
      // The parameters of an activation are kept: 16 bytes, for later calls.
      if (descriptor.size > 16) tracked.live.add(name)
      const free = buffer.destroy.bind(buffer)
      Object.defineProperty(buffer, 'destroy', {
        value: () => {
          tracked.live.delete(name)
          free()
        },
      })
      return buffer
    },
  })
  return tracked
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

describe('nothing is left behind', () => {
  const x = scrambledBits(5000, 11)
  const failures: readonly [string, (device: GPUDevice) => void][] = [
    ['a call that succeeds', () => {}],
    ['an upload that throws', device => fail(device.queue, 'writeBuffer')],
    ['a submission that throws', device => fail(device.queue, 'submit')],
    ['an encoder that throws', device => fail(device, 'createCommandEncoder')],
    ['a staging buffer that throws', device => failStaging(device)],
  ]

  function fail(object: object, method: string): void {
    const value = (): never => {
      throw new TypeError(`${method} failed`)
    }
    Object.defineProperty(object, method, { configurable: true, value })
  }

  function failStaging(device: GPUDevice): void {
    const create = device.createBuffer.bind(device)
    const value = (descriptor: GPUBufferDescriptor) => {
      if (descriptor.label?.includes('staging')) throw new RangeError('staging failed')
      return create(descriptor)
    }
    Object.defineProperty(device, 'createBuffer', { configurable: true, value })
  }

  test.each(failures)('by %s', async (_, arrange) => {
    const device = await ownDevice()
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device })
    const buffers = trackBuffers(device)
    let scopes = 0
    const [push, pop] = [device.pushErrorScope.bind(device), device.popErrorScope.bind(device)]
    Object.defineProperty(device, 'pushErrorScope', { value: (filter: GPUErrorFilter) => (scopes++, push(filter)) })
    Object.defineProperty(device, 'popErrorScope', { value: () => (scopes--, pop()) })
    arrange(device)
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    expectSameBits(await dispatcher.backward(relu(), x, x), reluBackward(x, x), { x })
    expect({ scopes, live: [...buffers.live] }).toEqual({ scopes: 0, live: [] })
  })
})

describe('arrays as they come', () => {
  const values = [1, -2, 3, -0, 5, -6, 7, 8, -9]
  const expected = reluForward(Float32Array.from(values))

  async function expectRight(x: Float32Array): Promise<void> {
    const { dispatcher, mismatches } = await dispatcherWith({ processor: 'webgpu' })
    expectSameBits(await dispatcher.forward(relu(), x), expected)
    expect(mismatches).toEqual([])
  }

  test('a subclass whose constructor has a meaning of its own', async () => {
    class Fixed extends Float32Array {
      constructor() {
        super(9)
        this.set(values)
      }
      override get length(): number {
        return 2
      }
      override get [Symbol.toStringTag](): never {
        return 'Tensor' as never
      }
      override subarray(): never {
        throw new Error('not to be called')
      }
    }
    await expectRight(new Fixed())
  })

  test('shared memory', async () => {
    // A page that is not cross-origin isolated has no SharedArrayBuffer by name.
    const x = new Float32Array(new WebAssembly.Memory({ shared: true, initial: 1, maximum: 1 }).buffer, 64, 9)
    x.set(values)
    await expectRight(x)
  })

  test('memory that can be resized', async () => {
    const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer
    const x = new Float32Array(new Resizable(36, { maxByteLength: 72 }))
    x.set(values)
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
    expectSameBits(await dispatcher.forward(relu(), x), expected)
    expect(dispatcher.report.fallbacks).toBe(0)
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

  test('a requested one is destroyed with its dispatcher', async () => {
    const requested: GPUDevice[] = []
    const watch = vi.spyOn(GPUAdapter.prototype, 'requestDevice')
    try {
      const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
      dispatcher.destroy()
      await createDispatcher({ processor: 'auto' })
    } finally {
      requested.push(...(await Promise.all(watch.mock.results.map(result => result.value as Promise<GPUDevice>))))
      watch.mockRestore()
    }
    expect(requested).toHaveLength(2)
    // The second is a software one, which 'auto' does not keep.
    for (const device of requested) expect(await device.lost).toMatchObject({ reason: 'destroyed' })
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

describe('an array that is transferred during its call is an error, not a result', () => {
  const moments: readonly [string, number, () => Promise<void> | undefined][] = [
    ['at once', 1000, () => undefined],
    ['at once, of several chunks', 40 * 2 ** 20, () => undefined],
    [
      'a few microtasks later',
      1000,
      async () => {
        for (let i = 0; i < 5; i++) await Promise.resolve()
      },
    ],
    [
      'after its submission',
      4 * 2 ** 20,
      () =>
        new Promise(resolve => {
          setTimeout(resolve, 5)
        }),
    ],
  ]
  test.each(moments)('%s', async (_, length, wait) => {
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
    await dispatcher.forward(relu(), new Float32Array(4))
    const x = scrambledBits(length, 10)
    const call = dispatcher.forward(relu(), x)
    const outcome = call.catch((error: unknown) => error)
    await wait()
    structuredClone(x.buffer, { transfer: [x.buffer] })
    expect(await outcome).toMatchObject({ code: 'invalid-array' })
  })
})
