import { create, globals } from 'webgpu'

declare global {
  var dawnInstance: GPU | undefined
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
