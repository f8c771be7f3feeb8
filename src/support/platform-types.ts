// The names of WebGPU and the DOM that public types are made of. A project's TypeScript may know some of them and not others, by
// its version, its libraries and its @types: a type is the real one where there is one, and else what this library needs of it.
// Whatever a public declaration takes from there is imported from here.

/** What a global constructor makes. */
type InstanceOf<Name extends string, Otherwise> =
  typeof globalThis extends Readonly<Record<Name, { readonly prototype: infer Instance }>> ? Instance : Otherwise

export type GPUDevice = InstanceOf<'GPUDevice', object>
export type GPUBuffer = InstanceOf<'GPUBuffer', object>
export type GPUComputePassEncoder = InstanceOf<'GPUComputePassEncoder', object>
export type GPUError = InstanceOf<'GPUError', { readonly message: string }>
export type AbortSignal = InstanceOf<'AbortSignal', { readonly aborted: boolean }>
export type EventTarget = InstanceOf<'EventTarget', { dispatchEvent(event: PlatformEvent): boolean }>

/** `Float16Array` over any memory: `never` where the library has none. */
export type Float16Array = InstanceOf<'Float16Array', never>

/** What `new Float16Array(length)` gives. */
export type NewFloat16Array = typeof globalThis extends {
  readonly Float16Array: { of(...items: number[]): infer Instance }
}
  ? Instance
  : never

export interface ErrorOptions {
  readonly cause?: unknown
}

/** The class that makes events. */
export type EventConstructor = typeof globalThis extends {
  readonly Event: infer Constructor extends new (type: string) => object
}
  ? Constructor
  : new (type: string) => PlatformEvent

export type PlatformEvent = InstanceOf<'Event', { readonly type: string }>
