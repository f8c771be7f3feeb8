import { beforeEach, expect, test, vi } from 'vitest'
import type * as Library from '../../../src/index.ts'
import { stubDevice } from '../../support/stub-device.ts'

// A file that a dispatcher loads later may not come: offline, or after a site has changed its files.

// Each imports the whole library anew.
vi.setConfig({ testTimeout: 30_000 })

beforeEach(() => vi.resetModules())

const library = (): Promise<typeof Library> => import('../../../src/index.ts')

/** Has the loading of a module fail until the function that it returns is called. */
function withhold(path: string): () => void {
  vi.doMock(path, () => {
    throw new TypeError('Failed to fetch dynamically imported module')
  })
  return () => vi.doUnmock(path)
}

test('JavaScript computes where WebAssembly cannot be loaded, and the next dispatcher has it', async () => {
  const give = withhold('../../../src/cpu/wasm-cpu.ts')
  const { createDispatcher, prelu, relu } = await library()
  const without = await createDispatcher({ processor: 'cpu', worker: true })
  expect(without.report.cpu).toMatchObject({ path: 'javascript', worker: false })
  expect(without.report.cpu.reason).toMatch(/cannot be loaded.*single-file/)
  expect(await without.forward(relu(), Float32Array.of(-1, NaN, 2))).toEqual(Float32Array.of(0, NaN, 2))
  const sums = await without.backwardAlpha(prelu(), Float32Array.of(-3, 1), Float32Array.of(2, 5))
  expect(sums).toEqual(Float32Array.of(-6))
  expect(without.allocate(3)).toEqual(new Float32Array(3))
  without.destroy()
  give()
  const next = await createDispatcher({ processor: 'cpu' })
  expect(next.report.cpu.path).toBe('wasm')
  next.destroy()
})

test('the CPU computes where the code for the GPU cannot be loaded, and the next dispatcher has it', async () => {
  const give = withhold('../../../src/dispatcher/on-gpu.ts')
  const { createDispatcher, relu } = await library()
  const device = stubDevice()
  const without = await createDispatcher({ device })
  expect(without.report).toMatchObject({ processor: 'cpu' })
  expect(without.report.reason).toContain('The code for the GPU cannot be loaded')
  expect(await without.forward(relu(), Float32Array.of(-1, 2))).toEqual(Float32Array.of(0, 2))
  without.destroy()
  await expect(createDispatcher({ processor: 'webgpu', device })).rejects.toMatchObject({
    name: 'UnavailableError',
    code: 'webgpu-unavailable',
    fix: expect.stringContaining('webgpu-activations/single-file') as string,
  })
  give()
  const next = await createDispatcher({ processor: 'webgpu', device })
  expect(next.report.processor).toBe('webgpu')
  next.destroy()
})

test("'webgpu' loads WebAssembly when the CPU has to compute", async () => {
  const { createDispatcher, relu } = await library()
  // Submits nothing, so that every call falls back.
  const dispatcher = await createDispatcher({ processor: 'webgpu', device: stubDevice() })
  expect(dispatcher.report.cpu).toMatchObject({ path: 'javascript', reason: expect.stringMatching(/is loaded when/) })
  const y = Float32Array.of(0, NaN, 2)
  const calls = [dispatcher.forward(relu(), Float32Array.of(-1, NaN, 2)), dispatcher.forward(relu(), y)]
  expect(await Promise.all(calls)).toEqual([y, y])
  expect(dispatcher.report).toMatchObject({ fallbacks: 2, cpu: { path: 'wasm', reason: 'WebAssembly has SIMD here.' } })
  dispatcher.destroy()
  const other = await createDispatcher({ processor: 'webgpu', device: stubDevice() })
  const call = other.forward(relu(), y)
  other.addEventListener('fallback', () => other.destroy())
  await expect(call).rejects.toMatchObject({ code: 'destroyed' })
})

test('prepare leaves the schedule as it is where the measurement cannot be loaded', async () => {
  withhold('../../../src/gpu/plan/tuning.ts')
  const { createKernels, relu } = await library()
  await expect(createKernels(stubDevice()).prepare([relu()])).resolves.toBeUndefined()
})
