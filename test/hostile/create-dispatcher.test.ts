import { afterEach, expect, test, vi } from 'vitest'
import { createDispatcher, relu } from '../../src/index.ts'

// What a dispatcher makes of a browser that keeps it waiting.

const navigatorBefore = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
afterEach(() => {
  if (navigatorBefore === undefined) Reflect.deleteProperty(globalThis, 'navigator')
  else Object.defineProperty(globalThis, 'navigator', navigatorBefore)
})

const never = new Promise<never>(() => {})

/** A navigator.gpu whose device comes when it is told to; returns how to tell it, and what frees that device. */
function withLateDevice() {
  const destroy = vi.fn()
  let give = (): void => {}
  const device = {
    createComputePipeline() {},
    queue: { submit() {} },
    limits: { maxBufferSize: 1 },
    lost: never,
    destroy,
  }
  const requestDevice = () =>
    new Promise<unknown>(resolve => {
      give = () => resolve(device)
    })
  const gpu = { requestAdapter: async () => ({ limits: {}, requestDevice }) }
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { gpu } })
  return { give: () => give(), destroy }
}

test("'auto' goes on with the CPU, and leaves nothing behind", async () => {
  const { give, destroy } = withLateDevice()
  const dispatcher = await createDispatcher({ timeLimit: 20 })
  const reason = expect.stringMatching(/^WebGPU gave no device within 0\.02 s\./) as string
  expect(dispatcher.report).toMatchObject({ processor: 'cpu', reason, fallbacks: 0 })
  expect([...(await dispatcher.forward(relu(), Float32Array.of(-1, 2)))]).toEqual([0, 2])
  give()
  await vi.waitFor(() => expect(destroy).toHaveBeenCalledOnce())
})

test("'webgpu' gives up", async () => {
  withLateDevice()
  await expect(createDispatcher({ processor: 'webgpu', timeLimit: 20 })).rejects.toMatchObject({
    code: 'webgpu-unavailable',
    message: expect.stringMatching(/no device within 0\.02 s/) as string,
  })
})

test('whoever asked may give up', async () => {
  const { give, destroy } = withLateDevice()
  const controller = new AbortController()
  const creating = createDispatcher({ signal: controller.signal, timeLimit: Infinity })
  await new Promise(resolve => setTimeout(resolve))
  const reason = new Error('enough')
  controller.abort(reason)
  await expect(creating).rejects.toBe(reason)
  give()
  await vi.waitFor(() => expect(destroy).toHaveBeenCalledOnce())
  await expect(createDispatcher({ signal: controller.signal })).rejects.toBe(reason)
})
