import { create, globals } from 'webgpu'

declare global {
  var dawnInstance: GPU | undefined
  var dawnDevices: GPUDevice[] | undefined
}

/** Dawn's GPU object, one a process. @param flags `'disable-dawn-features=…'` and the like, for the first that asks */
export function dawn(flags: readonly string[] = []): GPU {
  // Kept in a global as long as the process lives: the npm package `webgpu` (0.6.2) crashes the process at random when
  // what create() gave is collected. See https://issues.chromium.org/issues/387965810, and drop this when it is closed.
  globalThis.dawnInstance ??= create([...flags])
  return globalThis.dawnInstance
}

/** GPUBufferUsage, GPUMapMode and the other global names of WebGPU. */
export function defineGlobals(): void {
  Object.assign(globalThis, globals)
}

/**
 * Keeps every device as long as the process lives, for processes that make many. To collect them takes most of the time of what is
 * short: 200 devices that compile and dispatch once took 20.2 s on lavapipe and 4.4 s when kept, 9.0 and 1.9 s on SwiftShader, and
 * 0.1 MiB each (npm package `webgpu` 0.6.2, 2026-11-21, 2 cores). Drop this when they are collected as fast as they are made.
 */
export function keepDevices(): void {
  if (globalThis.dawnDevices !== undefined) return
  const devices: GPUDevice[] = (globalThis.dawnDevices = [])
  const { prototype } = GPUAdapter
  const requestDevice: GPUAdapter['requestDevice'] = Reflect.get(prototype, 'requestDevice')
  prototype.requestDevice = async function (descriptor) {
    const device = await requestDevice.call(this, descriptor)
    devices.push(device)
    return device
  }
}
