import { afterEach, describe, expect, test } from 'vitest'
import { createDispatcher, type DispatcherOptions, leakyRelu, prelu, relu, swiglu } from '../../../src/index.ts'
import { expectSameBits, scrambledBits } from '../../support/float32.ts'
import { reluForward } from '../../support/truth.ts'

// A lane without a GPU: what a dispatcher makes of an environment that has no WebGPU, or a poor one.

const navigatorBefore = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
afterEach(() => {
  if (navigatorBefore === undefined) Reflect.deleteProperty(globalThis, 'navigator')
  else Object.defineProperty(globalThis, 'navigator', navigatorBefore)
})

function withGpu(gpu: unknown): void {
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { gpu } })
}

const environments: readonly [string, () => void, RegExp][] = [
  ['no navigator', () => Reflect.deleteProperty(globalThis, 'navigator'), /navigator\.gpu is missing/],
  ['no navigator.gpu', () => withGpu(undefined), /navigator\.gpu is missing\. Use a browser .* npm's webgpu in Node/],
  ['no adapter', () => withGpu({ requestAdapter: async () => null }), /no adapter/],
  [
    'an adapter that is refused',
    () => withGpu({ requestAdapter: () => Promise.reject(new Error('blocked')) }),
    /blocked/,
  ],
  [
    'a device that is refused',
    () =>
      withGpu({ requestAdapter: async () => ({ limits: {}, requestDevice: () => Promise.reject(new Error('busy')) }) }),
    /busy/,
  ],
]

describe.each(environments)('%s', (_, arrange, reason) => {
  test("'auto' answers from the CPU and says why", async () => {
    arrange()
    const dispatcher = await createDispatcher()
    expect(dispatcher.report).toMatchObject({
      processor: 'cpu',
      reason: expect.stringMatching(reason),
      adapter: null,
      fallbacks: 0,
    })
    const x = scrambledBits(1000, 1)
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
  })

  test("'webgpu' is an error", async () => {
    arrange()
    await expect(createDispatcher({ processor: 'webgpu' })).rejects.toMatchObject({
      code: 'webgpu-unavailable',
      message: expect.stringMatching(reason),
      fix: expect.stringMatching(/\w/),
    })
  })
})

test("'cpu' asks for no adapter", async () => {
  withGpu({ requestAdapter: () => Promise.reject(new Error('asked')) })
  const dispatcher = await createDispatcher({ processor: 'cpu' })
  expect(dispatcher.report).toEqual({
    processor: 'cpu',
    reason: "processor: 'cpu' was asked for.",
    cpu: { path: 'wasm', reason: 'WebAssembly has SIMD here.', worker: false, threads: 1, inJavaScript: [] },
    adapter: null,
    crossover: null,
    crossChecks: { runs: 0, elements: 0, mismatches: 0, maxUlp: 0 },
    selfTests: { passed: 0, failed: 0 },
    fallbacks: 0,
    quarantined: [],
    deviceLosses: 0,
    retries: 0,
    deviceErrors: { count: 0, last: null },
    missing: [],
  })
})

describe('bad options', () => {
  const cases: readonly [unknown, string, RegExp][] = [
    ['webgpu', 'invalid-argument', /"webgpu"/],
    [null, 'invalid-argument', /null/],
    [[], 'invalid-argument', /Array\(0\)/],
    [{ procesor: 'cpu' }, 'unknown-option', /"procesor"/],
    [{ processor: 'gpu' }, 'invalid-argument', /processor is "gpu"/],
    [{ crossCheck: true }, 'invalid-argument', /crossCheck is true/],
    [{ onMismatch: 'ignore' }, 'invalid-argument', /onMismatch is "ignore"/],
    [{ seed: 0.5 }, 'invalid-argument', /seed is 0\.5/],
    [{ seed: NaN }, 'invalid-argument', /seed is NaN/],
    [{ tune: 1 }, 'invalid-argument', /tune is 1/],
    [{ device: {} }, 'invalid-argument', /device is an object of type Object/],
    [
      { device: { createComputePipeline: () => {}, queue: null, limits: null } },
      'invalid-argument',
      /device is an object/,
    ],
  ]
  test.each(cases)('%j', async (options, code, message) => {
    await expect(createDispatcher(options as DispatcherOptions)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      fix: expect.stringMatching(/Give|The options are/),
    })
  })
})

class Impostor extends Float64Array {
  override get [Symbol.toStringTag](): never {
    return 'Float32Array' as never
  }
}

function pretending(): DataView {
  return Object.defineProperty(new DataView(new ArrayBuffer(8)), Symbol.toStringTag, { value: 'Float32Array' })
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function shrunk(): Float32Array {
  const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer
  const buffer = new Resizable(16, { maxByteLength: 32 }) as ArrayBuffer & { resize(length: number): void }
  const array = new Float32Array(buffer, 0, 4)
  buffer.resize(8)
  return array
}

describe('bad input', () => {
  const x = Float32Array.of(1, 2)
  const detached = (): Float32Array => {
    const array = Float32Array.of(1, 2)
    structuredClone(array, { transfer: [array.buffer] })
    return array
  }
  const arrays: readonly [string, unknown, string, RegExp][] = [
    ['undefined', undefined, 'invalid-array', /is undefined/],
    ['a plain array', [1, 2], 'invalid-array', /is Array\(2\)/],
    ['a Float64Array', new Float64Array(2), 'invalid-array', /is Float64Array\(2\)/],
    ['a buffer', new ArrayBuffer(8), 'invalid-array', /ArrayBuffer/],
    ['an impostor by its tag', new Impostor(2), 'invalid-array', /is Float32Array\(2\)/],
    ['a view that pretends', pretending(), 'invalid-array', /Float32Array/],
    ['a revoked proxy', revoked(), 'invalid-array', /cannot be looked at/],
    ['a proxy of an array', new Proxy(new Float32Array(2), {}), 'invalid-array', /object/],
    ['an array out of the bounds of its buffer', shrunk(), 'invalid-array', /shrunk/],
    ['a detached array', detached(), 'invalid-array', /is detached/],
  ]
  test.each(arrays)('%s', async (_, array, code, message) => {
    const dispatcher = await createDispatcher({ processor: 'cpu' })
    const bad = array as Float32Array
    const expected = { code, message: expect.stringMatching(message), fix: expect.stringMatching(/Give/) }
    await expect(dispatcher.forward(relu(), bad)).rejects.toMatchObject(expected)
    await expect(dispatcher.backward(relu(), bad, x)).rejects.toMatchObject(expected)
    await expect(dispatcher.backward(relu(), x, bad)).rejects.toMatchObject(expected)
  })

  test('x and dy of different lengths', async () => {
    const dispatcher = await createDispatcher({ processor: 'cpu' })
    await expect(dispatcher.backward(relu(), x, new Float32Array(3))).rejects.toMatchObject({
      code: 'length-mismatch',
      message: expect.stringMatching(/x has 2 elements and dy has 3/),
    })
  })

  test('arrays that do not belong to the call', async () => {
    const dispatcher = await createDispatcher({ processor: 'cpu' })
    const loose = dispatcher as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>
    const cases: readonly [string, readonly unknown[], string, RegExp][] = [
      ['forward', [relu(), x, x], 'invalid-argument', /relu\(\) takes x here, and was also given Float32Array\(2\)/],
      ['backward', [relu(), x, x, x], 'invalid-argument', /relu\(\) takes x, dy here, and was also given/],
      ['forward', [swiglu(), x], 'invalid-array', /up is undefined/],
      ['forward', [swiglu(), x, new Float32Array(3)], 'length-mismatch', /gate has 2 elements and up has 3/],
      ['forward', [swiglu(), x, x, x], 'invalid-argument', /swiglu\(\) takes gate, up here/],
      ['backward', [swiglu(), x, x], 'invalid-array', /dy is undefined/],
      ['backward', [swiglu(), x, x, detached()], 'invalid-array', /dy is detached/],
      ['backward', [swiglu(), x, x, new Float32Array(1)], 'length-mismatch', /gate has 2 elements and dy has 1/],
      [
        'backward',
        [{ ...swiglu() }, x, x, x],
        'invalid-argument',
        /The activation is a copy of swiglu\(\)\. Call swiglu\(\)/,
      ],
      ['backwardAlpha', [leakyRelu(), x, x], 'invalid-argument', /leakyRelu\(.*\) has no alpha that is learned/],
      ['backwardAlpha', [swiglu(), x, x], 'invalid-argument', /swiglu\(\) has no alpha that is learned/],
      ['backwardAlpha', ['prelu', x, x], 'invalid-argument', /The activation is "prelu"/],
      ['backwardAlpha', [prelu(), x], 'invalid-array', /dy is undefined/],
      ['backwardAlpha', [prelu(), x, new Float32Array(3)], 'length-mismatch', /x has 2 elements and dy has 3/],
    ]
    for (const [method, given, code, message] of cases) {
      const call = loose[method]!.call(dispatcher, ...given)
      await expect(call).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    }
    // What is left out may be written out.
    expect(await loose['forward']!.call(dispatcher, relu(), x, undefined)).toEqual(x)
    dispatcher.destroy()
    await expect(dispatcher.backwardAlpha(prelu(), x, x)).rejects.toMatchObject({ code: 'destroyed' })
  })

  test('an activation of another making', async () => {
    const dispatcher = await createDispatcher({ processor: 'cpu' })
    for (const impostor of [undefined, 'relu', relu, { ...relu() }]) {
      const activation = impostor as unknown as ReturnType<typeof relu>
      await expect(dispatcher.forward(activation, x)).rejects.toMatchObject({ code: 'invalid-argument' })
    }
  })

  test('a dispatcher that was destroyed', async () => {
    const dispatcher = await createDispatcher({ processor: 'cpu' })
    dispatcher.destroy()
    dispatcher.destroy()
    await expect(dispatcher.forward(relu(), x)).rejects.toMatchObject({ code: 'destroyed' })
    await expect(dispatcher.backward(relu(), x, x)).rejects.toMatchObject({ code: 'destroyed' })
  })
})

describe('arrays as they come', () => {
  test('a view into a larger buffer, a shared buffer, an empty array, an array of another realm', async () => {
    const dispatcher = await createDispatcher({ processor: 'cpu' })
    const larger = scrambledBits(100, 2)
    const view = larger.subarray(3, 50)
    expectSameBits(await dispatcher.forward(relu(), view), reluForward(view.slice()))
    const shared = new Float32Array(new SharedArrayBuffer(16))
    shared.set([-1, 2, -3, 4])
    expect([...(await dispatcher.forward(relu(), shared))]).toEqual([0, 2, 0, 4])
    expect(await dispatcher.forward(leakyRelu(), new Float32Array(0))).toEqual(new Float32Array(0))
    const { runInNewContext } = await import('node:vm')
    const foreign = runInNewContext('Float32Array.of(-1, 5)') as Float32Array
    expect([...(await dispatcher.forward(relu(), foreign))]).toEqual([0, 5])
  })
})
