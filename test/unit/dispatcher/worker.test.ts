import { expect, onTestFinished, test } from 'vitest'
import { createDispatcher } from '../../../src/index.ts'
import { ThreadWorker } from '../../support/worker.ts'

test('a dispatcher that cannot be created leaves no worker behind', async () => {
  const living = new Set<object>()
  let started = 0
  class Counted extends ThreadWorker {
    constructor(url: string) {
      super(url)
      started++
      living.add(this)
    }
    override terminate(): void {
      super.terminate()
      living.delete(this)
    }
  }
  const before = Object.getOwnPropertyDescriptor(globalThis, 'Worker')
  onTestFinished(() => {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'Worker')
    else Object.defineProperty(globalThis, 'Worker', before)
  })
  Object.defineProperty(globalThis, 'Worker', { configurable: true, value: Counted })
  const dispatcher = await createDispatcher({ processor: 'cpu', worker: 1 })
  expect(living.size).toBe(1)
  // Here is no WebGPU.
  await expect(createDispatcher({ processor: 'webgpu', worker: 1 })).rejects.toMatchObject({
    code: 'webgpu-unavailable',
  })
  await expect.poll(() => started).toBe(2)
  await expect.poll(() => living.size).toBe(1)
  dispatcher.destroy()
  expect(living.size).toBe(0)
})
