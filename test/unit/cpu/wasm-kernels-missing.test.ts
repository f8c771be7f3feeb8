import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LoadedKernels } from '../../../src/cpu/wasm/module.ts'

// Where WebAssembly is not to be had, the kernels say so, and nothing rejects.

beforeEach(() => vi.resetModules())
afterEach(() => {
  vi.unstubAllGlobals()
  // Kernels load once a module: the files after this one take theirs from a new one.
  vi.resetModules()
})

async function load(): Promise<LoadedKernels> {
  const { loadKernels } = await import('../../../src/cpu/wasm/module.ts')
  return loadKernels()
}

async function missing(): Promise<string> {
  const loaded = await load()
  return 'missing' in loaded ? loaded.missing : 'nothing'
}

test('they load once', async () => {
  const compile = vi.spyOn(WebAssembly, 'compile')
  const { loadKernels } = await import('../../../src/cpu/wasm/module.ts')
  const [first, second] = await Promise.all([loadKernels(), loadKernels()])
  expect(first).toBe(second)
  expect(first).toHaveProperty('module')
  expect(compile).toHaveBeenCalledOnce()
  compile.mockRestore()
})

test('without WebAssembly', async () => {
  vi.stubGlobal('WebAssembly', undefined)
  expect(await missing()).toContain('no WebAssembly')
})

test('without SIMD', async () => {
  vi.stubGlobal('WebAssembly', { validate: () => false, compile: () => Promise.reject(new Error('no SIMD')) })
  expect(await missing()).toContain('SIMD')
})

test('without DecompressionStream', async () => {
  vi.stubGlobal('DecompressionStream', undefined)
  expect(await missing()).toContain('DecompressionStream')
})

test('with one that does not know the format', async () => {
  vi.stubGlobal('DecompressionStream', function refuse() {
    throw new TypeError('deflate-raw is unknown')
  })
  expect(await missing()).toContain('deflate-raw is unknown')
})

test('where a Content-Security-Policy forbids it', async () => {
  const refuse = (): Promise<never> => Promise.reject(new WebAssembly.CompileError('violates the policy'))
  vi.stubGlobal('WebAssembly', {
    ...WebAssembly,
    validate: () => true,
    compile: refuse,
    CompileError: WebAssembly.CompileError,
  })
  expect(await missing()).toContain('violates the policy')
})
