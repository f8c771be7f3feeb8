import { expect, test } from 'vitest'
import { useDevice } from '../../src/onnxruntime.ts'
import { ownDevice } from '../support/dispatcher.ts'
import { testDevice } from '../support/gpu.ts'

// useDevice gives ONNX Runtime a device. test/page/neighbours.test.ts has its sessions.

const device = await testDevice()

test('sets the device in all ways that ONNX Runtime has', async () => {
  const webgpu: { device?: unknown; adapter?: { requestDevice(): Promise<unknown> } } = {}
  expect(useDevice({ env: { webgpu } }, device)).toEqual({
    executionProviders: [{ name: 'webgpu', device }],
    preferredOutputLocation: 'gpu-buffer',
  })
  expect(webgpu.device).toBe(device)
  expect(webgpu.adapter).toMatchObject({ limits: device.limits, features: device.features })
  expect(await webgpu.adapter!.requestDevice()).toBe(device)
})

test('again keeps what a session has made constant, and refuses another device then', async () => {
  const webgpu = {}
  const ort = { env: { webgpu } }
  const options = useDevice(ort, device)
  Object.freeze(webgpu)
  expect(useDevice(ort, device)).toEqual(options)
  // As with a second copy of this library.
  expect(useDevice({ env: { webgpu: Object.freeze({ device }) } }, device)).toEqual(options)
  const other = await ownDevice()
  expect(() => useDevice(ort, other)).toThrow(
    expect.objectContaining({ code: 'invalid-argument', message: expect.stringMatching(/before the first session/) }),
  )
})

test('again also where env.webgpu.device takes one device, and gives a promise', () => {
  // As announced for a version after 1.31: https://github.com/microsoft/onnxruntime/issues/26107
  let taken: GPUDevice | undefined
  const webgpu = {
    get device(): unknown {
      return Promise.resolve((taken ??= {} as GPUDevice))
    },
    set device(given: GPUDevice) {
      if (taken !== undefined) throw new Error('There is a device.')
      taken = given
    },
  }
  expect(useDevice({ env: { webgpu } }, device)).toEqual(useDevice({ env: { webgpu } }, device))
  expect(taken).toBe(device)
})

test('refuses what is no device, or no ONNX Runtime', () => {
  for (const given of [undefined, null, {}, { env: {} }, { env: { webgpu: null } }, 'ort']) {
    expect(() => useDevice(given as never, device)).toThrow(/^ONNX Runtime is .*onnxruntime-web\/webgpu/)
  }
  expect(() => useDevice({ env: { webgpu: {} } }, {} as never)).toThrow(/The device is an object/)
})
