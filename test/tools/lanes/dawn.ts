import { create, globals } from 'webgpu'

declare global {
  var dawnInstances: Map<string, GPU> | undefined
  var dawnDevices: GPUDevice[] | undefined
  var dawnMaps: WeakMap<GPUBuffer, Promise<void>> | undefined
}

/**
 * Dawn's GPU object: one for each list of flags, and without flags the first that there is.
 *
 * @param flags `'disable-dawn-features=…'`, `'adapter=…'` and the like
 */
export function dawn(flags: readonly string[] = []): GPU {
  // Kept in a global as long as the process lives: the npm package `webgpu` (0.6.2) crashes the process at random when
  // what create() gave is collected. See https://issues.chromium.org/issues/387965810, and drop this when it is closed.
  const instances = (globalThis.dawnInstances ??= new Map<string, GPU>())
  const key = flags.join(' ')
  const instance = (flags.length === 0 ? instances.values().next().value : instances.get(key)) ?? create([...flags])
  instances.set(key, instance)
  return instance
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

/**
 * Destroys a buffer that is being mapped only when the map has been answered. A map that fails is rejected in the next turn of the
 * event loop, and if the buffer is destroyed before that turn comes the package rejects it at once, and then again, in memory that
 * it has freed: the process crashed after 1 to 9 minutes of `npm run faults -- --soak`, and within seconds where that was all that it
 * did (npm package `webgpu` 0.6.2, 2026-11-21). Drop this when it survives `mapAsync(3)`, and `destroy()` in one of the next turns.
 */
export function destroyAfterMaps(): void {
  if (globalThis.dawnMaps !== undefined) return
  const maps = (globalThis.dawnMaps = new WeakMap<GPUBuffer, Promise<void>>())
  const { prototype } = GPUBuffer
  const mapAsync: GPUBuffer['mapAsync'] = Reflect.get(prototype, 'mapAsync')
  const destroy: GPUBuffer['destroy'] = Reflect.get(prototype, 'destroy')
  prototype.mapAsync = function (...given) {
    const mapped = mapAsync.apply(this, given)
    const answered = (): void => void maps.delete(this)
    maps.set(this, mapped.then(answered, answered))
    return mapped
  }
  prototype.destroy = function () {
    const map = maps.get(this)
    if (map === undefined) return destroy.call(this)
    void map.then(() => destroy.call(this))
    return undefined
  }
}
