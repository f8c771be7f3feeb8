// The types of WebGPU and the DOM in public declarations. The TypeScript version, libraries and @types of a project may
// lack some of them: each type is the real one where it exists, and otherwise the part that this library needs. Public
// declarations import these types from this file only.

/** The instance type of a global constructor. */
type InstanceOf<Name extends string, Otherwise> =
  typeof globalThis extends Readonly<Record<Name, { readonly prototype: infer Instance }>> ? Instance : Otherwise

export type GPUDevice = InstanceOf<'GPUDevice', object>
export type GPUBuffer = InstanceOf<'GPUBuffer', object>
export type GPUComputePassEncoder = InstanceOf<'GPUComputePassEncoder', object>
export type GPUError = InstanceOf<'GPUError', { readonly message: string }>
export type AbortSignal = InstanceOf<'AbortSignal', { readonly aborted: boolean }>
export type EventTarget = InstanceOf<'EventTarget', { dispatchEvent(event: PlatformEvent): boolean }>

/** `Float16Array` over any memory; `never` where the libraries of the project lack it. */
export type Float16Array = InstanceOf<'Float16Array', never>

/** The type of `new Float16Array(length)`. */
export type NewFloat16Array = typeof globalThis extends {
  readonly Float16Array: { of(...items: number[]): infer Instance }
}
  ? Instance
  : never

export interface ErrorOptions {
  readonly cause?: unknown
}

/** The type of the global `Event`. */
export type EventConstructor = typeof globalThis extends {
  readonly Event: infer Constructor extends new (type: string) => object
}
  ? Constructor
  : new (type: string) => PlatformEvent

export type PlatformEvent = InstanceOf<'Event', { readonly type: string }>
