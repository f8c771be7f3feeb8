import { afterEach, expect, test, vi } from 'vitest'
import type { Deadline } from '../../src/support/deadlines.ts'
import { UnavailableError } from '../../src/support/errors.ts'
import { describeAdapter, requestDevice } from '../../src/gpu/device/device.ts'

// What navigator.gpu may do instead of giving a device.

const navigatorBefore = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
afterEach(() => {
  vi.useRealTimers()
  if (navigatorBefore === undefined) Reflect.deleteProperty(globalThis, 'navigator')
  else Object.defineProperty(globalThis, 'navigator', navigatorBefore)
})

const never = new Promise<never>(() => {})
const limits = {
  maxBufferSize: 2 ** 30,
  maxStorageBufferBindingSize: 2 ** 29,
  maxComputeInvocationsPerWorkgroup: 1024,
  maxComputeWorkgroupSizeX: 1024,
  maxStorageBuffersPerShaderStage: 16,
}

function fakeDevice(more: object = {}): GPUDevice {
  const device = { createComputePipeline() {}, queue: { submit() {} }, limits, lost: never, destroy() {}, ...more }
  return device as unknown as GPUDevice
}

interface Fakes {
  requestAdapter?: (options: GPURequestAdapterOptions) => unknown
  requestDevice?: (descriptor: GPUDeviceDescriptor) => unknown
  limits?: object
}

/** Makes a navigator.gpu; returns what is asked of it. */
function withGpu(fakes: Fakes): { adapters: GPURequestAdapterOptions[]; devices: GPUDeviceDescriptor[] } {
  const asked = { adapters: [] as GPURequestAdapterOptions[], devices: [] as GPUDeviceDescriptor[] }
  const adapter = {
    limits: fakes.limits ?? limits,
    requestDevice: async (descriptor: GPUDeviceDescriptor) => {
      asked.devices.push(descriptor)
      return fakes.requestDevice === undefined ? fakeDevice() : fakes.requestDevice(descriptor)
    },
  }
  const requestAdapter = async (options: GPURequestAdapterOptions) => {
    asked.adapters.push(options)
    return fakes.requestAdapter === undefined ? adapter : fakes.requestAdapter(options)
  }
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { gpu: { requestAdapter } } })
  return asked
}

async function expectUnavailable(requested: Promise<GPUDevice>, message: RegExp): Promise<void> {
  const error: unknown = await requested.catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(UnavailableError)
  expect((error as Error).message).toMatch(message)
}

function within(timeLimit: number, ...signals: AbortSignal[]): Deadline {
  return { timeLimit, signals }
}

function withNavigator(property: PropertyDescriptor): void {
  Object.defineProperty(globalThis, 'navigator', { configurable: true, ...property })
}

function fail(message: string): never {
  throw new Error(message)
}

/** A promise to be settled by hand. */
function later<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void; reject: (error: Error) => void } {
  let settle!: { resolve: (value: Value) => void; reject: (error: Error) => void }
  const promise = new Promise<Value>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return { promise, ...settle }
}

test.each<[string, PropertyDescriptor, RegExp]>([
  ['a navigator that throws when it is looked at', { get: () => fail('hidden') }, /hidden/],
  ['a navigator whose gpu does', { value: Object.defineProperty({}, 'gpu', { get: () => fail('hidden') }) }, /hidden/],
  ['a gpu that is null', { value: { gpu: null } }, /navigator\.gpu is missing/],
  ['a gpu without its method', { value: { gpu: {} } }, /gave no device: TypeError/],
  ['requestAdapter that throws', { value: { gpu: { requestAdapter: () => fail('blocked') } } }, /blocked/],
  ['an adapter that is undefined', { value: { gpu: { requestAdapter: async () => undefined } } }, /no adapter/],
])('%s', async (_, navigator, message) => {
  withNavigator(navigator)
  await expectUnavailable(requestDevice(), message)
})

test('an adapter is asked for its largest buffers, and for what any other device has', async () => {
  const asked = withGpu({})
  await requestDevice()
  expect(asked.adapters).toEqual([{ powerPreference: 'high-performance' }])
  expect(asked.devices.map(({ requiredLimits }) => requiredLimits)).toEqual([
    {
      ...limits,
      maxComputeInvocationsPerWorkgroup: 256,
      maxComputeWorkgroupSizeX: 256,
      maxStorageBuffersPerShaderStage: 8,
    },
  ])
})

test('where there is no ordinary adapter, one in compatibility mode is taken for what it has', async () => {
  const lesser = { ...limits, maxComputeInvocationsPerWorkgroup: 128, maxComputeWorkgroupSizeX: 128 }
  const devices: GPUDeviceDescriptor[] = []
  const requestDeviceOf = async (descriptor: GPUDeviceDescriptor) => {
    devices.push(descriptor)
    return fakeDevice()
  }
  const asked = withGpu({
    requestAdapter: options => ('featureLevel' in options ? { limits: lesser, requestDevice: requestDeviceOf } : null),
  })
  await requestDevice()
  expect(asked.adapters).toMatchObject([{}, { featureLevel: 'compatibility' }])
  expect(devices[0]?.requiredLimits).toEqual({ ...lesser, maxStorageBuffersPerShaderStage: 8 })
})

test('limits that are refused are not asked for again', async () => {
  const asked = withGpu({
    requestDevice: ({ requiredLimits }) =>
      Object.keys(requiredLimits ?? {}).length > 0 ? fail('too much') : fakeDevice(),
  })
  await requestDevice()
  expect(asked.adapters).toHaveLength(2)
  expect(asked.devices.map(({ requiredLimits = {} }) => Object.keys(requiredLimits).length)).toEqual([5, 0])

  const stubborn = withGpu({ requestDevice: () => fail('busy') })
  await expectUnavailable(requestDevice(), /gave no device: Error: busy\./)
  expect(stubborn.devices).toHaveLength(2)
})

test.each<[string, Fakes, RegExp]>([
  ['limits that cannot be looked at', { limits: new Proxy({}, { get: () => fail('no limits') }) }, /no limits/],
  ['a device that is undefined', { requestDevice: () => undefined }, /gave undefined for a device/],
  ['a device that is something else', { requestDevice: () => 'yes' }, /gave "yes" for a device/],
  [
    'a device that cannot be looked at',
    { requestDevice: () => new Proxy(fakeDevice(), { get: (_, name) => (name === 'then' ? undefined : fail('no')) }) },
    /gave an object .* for a device/,
  ],
  [
    'a device that is lost when it comes',
    { requestDevice: () => fakeDevice({ lost: Promise.resolve({ reason: 'unknown', message: 'no memory' }) }) },
    /lost \(unknown: no memory\)/,
  ],
])('%s', async (_, fakes, message) => {
  withGpu(fakes)
  await expectUnavailable(requestDevice(), message)
})

test('an adapter whose description cannot be looked at is nameless', () => {
  const device = fakeDevice()
  Object.defineProperty(device, 'adapterInfo', { get: () => fail('hidden') })
  expect(describeAdapter(device)).toMatchObject({ vendor: '', description: '', isFallbackAdapter: false })
})

test('an adapter that does not come in time', async () => {
  vi.useFakeTimers()
  const adapter = later<unknown>()
  const device = vi.fn()
  withGpu({ requestAdapter: () => adapter.promise })
  const ended = expectUnavailable(requestDevice(), /gave no adapter within 30 s\./)
  await vi.advanceTimersByTimeAsync(29_999)
  expect(vi.getTimerCount()).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  await ended

  adapter.resolve({ limits, requestDevice: device })
  await vi.advanceTimersByTimeAsync(0)
  expect(device).not.toHaveBeenCalled()
})

test('a device that does not come in time is destroyed when it comes', async () => {
  vi.useFakeTimers()
  const device = later<GPUDevice>()
  withGpu({ requestDevice: () => device.promise })
  const ended = expectUnavailable(requestDevice(within(500)), /gave no device within 0\.5 s\./)
  await vi.advanceTimersByTimeAsync(500)
  await ended

  const destroy = vi.fn()
  device.resolve(fakeDevice({ destroy }))
  await vi.advanceTimersByTimeAsync(0)
  expect(destroy).toHaveBeenCalledOnce()
})

test('what comes late may also fail, or be nothing', async () => {
  vi.useFakeTimers()
  for (const device of [async () => fail('late'), async () => undefined]) {
    withGpu({ requestDevice: () => new Promise(resolve => setTimeout(() => resolve(device()), 2)) })
    const ended = expectUnavailable(requestDevice(within(1)), /within 0\.001 s/)
    await vi.advanceTimersByTimeAsync(1)
    await ended
    await vi.advanceTimersByTimeAsync(1)
  }
})

test.each([Infinity, 2 ** 31, 2 ** 40])('a time limit of %d ms is no limit at once', async timeLimit => {
  withGpu({
    requestAdapter: () =>
      new Promise(resolve => setTimeout(() => resolve({ limits, requestDevice: async () => fakeDevice() }), 5)),
  })
  await requestDevice(within(timeLimit))
})

test('a device in time leaves no timer, and is not destroyed later', async () => {
  vi.useFakeTimers()
  const controller = new AbortController()
  const destroy = vi.fn()
  withGpu({ requestDevice: () => fakeDevice({ destroy }) })
  await requestDevice(within(30_000, controller.signal))
  expect(vi.getTimerCount()).toBe(0)
  controller.abort()
  await vi.advanceTimersByTimeAsync(30_000)
  expect(destroy).not.toHaveBeenCalled()
})

test('a signal that is aborted already asks for nothing', async () => {
  const asked = withGpu({})
  await expect(requestDevice(within(Infinity, AbortSignal.abort('before')))).rejects.toBe('before')
  expect(asked.adapters).toEqual([])
})

test.each(['adapter', 'device'] as const)('a signal that is aborted while the %s is awaited', async awaited => {
  const controller = new AbortController()
  const device = later<GPUDevice>()
  const asked = withGpu({
    ...(awaited === 'adapter' && { requestAdapter: () => never }),
    requestDevice: () => device.promise,
  })
  const requested = requestDevice(within(Infinity, controller.signal))
  await vi.waitFor(() => expect(awaited === 'adapter' ? asked.adapters : asked.devices).toHaveLength(1))
  const reason = new Error('enough')
  controller.abort(reason)
  await expect(requested).rejects.toBe(reason)

  const destroy = vi.fn()
  device.resolve(fakeDevice({ destroy }))
  expect(asked.devices).toHaveLength(awaited === 'adapter' ? 0 : 1)
  if (awaited === 'device') await vi.waitFor(() => expect(destroy).toHaveBeenCalledOnce())
})
