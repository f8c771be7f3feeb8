import { expect, test } from 'vitest'
import { brokenPromise, type AdapterDescription } from './promise.ts'

const adapter = (vendor: string, device: string, isFallbackAdapter = true): AdapterDescription => ({
  vendor,
  architecture: '',
  device,
  description: '',
  isFallbackAdapter,
})
const swiftShader = adapter('google', 'swiftshader-device-subzero-')
const lavapipe = adapter('mesa', 'llvmpipe-llvm-15-0-6-256-bits-')
const lavapipeOfWgpu = adapter('65541', 'llvmpipe (LLVM 15.0.6, 256 bits)')
const graphicsCard = adapter('nvidia', 'some-card', false)
// What Dawn answers for backend=null.
const nullBackend = adapter('', 'null-backend', false)

test('each lane takes its own driver only', () => {
  expect(brokenPromise('node-swiftshader', swiftShader)).toBeUndefined()
  expect(brokenPromise('browser', swiftShader)).toBeUndefined()
  expect(brokenPromise('node-lavapipe', lavapipe)).toBeUndefined()
  expect(brokenPromise('deno', lavapipeOfWgpu)).toBeUndefined()
  expect(brokenPromise('firefox', adapter('', ''))).toBeUndefined()
  expect(brokenPromise('node-gpu', graphicsCard)).toBeUndefined()

  expect(brokenPromise('node-swiftshader', lavapipe)).toContain("not google's swiftshader")
  expect(brokenPromise('node-lavapipe', swiftShader)).toContain("not mesa's llvmpipe")
  expect(brokenPromise('deno', lavapipe)).toContain("not 65541's llvmpipe")
  expect(brokenPromise('firefox', graphicsCard)).toContain('no software adapter')
  expect(brokenPromise('browser', graphicsCard)).toContain("not google's swiftshader")
  expect(brokenPromise('node-gpu', lavapipe)).toContain('a software adapter')
})

test('no lane takes nothing, or the null backend', () => {
  for (const lane of ['node-swiftshader', 'node-lavapipe', 'node-gpu', 'deno', 'browser', 'firefox'] as const) {
    expect(brokenPromise(lane, undefined)).toBe('no adapter')
    expect(brokenPromise(lane, nullBackend)).toContain(lane === 'firefox' ? 'no software adapter' : 'null backend')
  }
})
