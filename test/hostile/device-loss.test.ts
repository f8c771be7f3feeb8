import { describe, expect, test } from 'vitest'
import { createDispatcher, createKernels, InputError, relu } from '../../src/index.ts'

// A device that is adopted may be a proxy, or made for a test: whatever its `lost` is, an error is typed and nothing is left
// unhandled. `npm run fuzz -- --seed 99` found the first of these.

const limits = { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 }
const thrown = new Error('not for you')
const fail = (): never => {
  throw thrown
}

function deviceWith(lost: PropertyDescriptor): GPUDevice {
  const device = { createComputePipeline() {}, queue: { submit() {} }, limits }
  return Object.defineProperty(device, 'lost', lost) as unknown as GPUDevice
}

/** A getter that answers once, and then throws. */
function answeringOnce(): () => unknown {
  let isFirst = true
  return () => {
    if (!isFirst) return fail()
    isFirst = false
    return new Promise(() => {})
  }
}

describe.each([
  // oxlint-disable-next-line unicorn/no-thenable -- as a promise is
  ['throws when it is waited for', () => ({ value: { then: fail } })],
  ['throws at the second look', () => ({ get: answeringOnce() })],
])('a loss that %s', (_, lost) => {
  const expectRefused = (error: unknown): void => {
    expect(error).toBeInstanceOf(InputError)
    expect(error).toMatchObject({ code: 'invalid-argument', cause: thrown })
  }

  test('is refused by createKernels', () => {
    try {
      createKernels(deviceWith(lost()))
    } catch (error) {
      expectRefused(error)
      return
    }
    expect.unreachable()
  })

  test.each(['webgpu', 'auto'] as const)("is refused by createDispatcher, with processor '%s'", async processor => {
    expectRefused(await createDispatcher({ device: deviceWith(lost()), processor }).catch((error: unknown) => error))
  })
})

describe.each([
  ['nothing', Promise.resolve()],
  ['null', Promise.resolve(null)],
  ['an empty object', Promise.resolve({})],
  ['a rejection', (): Promise<never> => Promise.reject(thrown)],
])('a loss that gives %s', (_, given) => {
  const device = (): GPUDevice => deviceWith({ value: typeof given === 'function' ? given() : given })

  test('is a loss', async () => {
    await expect(createDispatcher({ device: device(), processor: 'webgpu' })).rejects.toMatchObject({
      code: 'webgpu-unavailable',
      message: expect.stringMatching(/^The device is lost \(unknown: /),
    })
    const dispatcher = await createDispatcher({ device: device() })
    expect(dispatcher.report.processor).toBe('cpu')
    expect([...(await dispatcher.forward(relu(), Float32Array.of(-1, 2)))]).toEqual([0, 2])
  })

  test('is known to kernels', async () => {
    const kernels = createKernels(device())
    await expect(kernels.prepare([relu()])).rejects.toMatchObject({ code: 'destroyed' })
  })
})
