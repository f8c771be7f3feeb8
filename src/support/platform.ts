// Globals beside the language: an engine for servers, a worklet or an app may lack any of them. Only this file names
// them, so that the library loads everywhere.

type Globals = typeof globalThis

/** Returns a global of the platform, or undefined. Each call looks it up, because a polyfill may come later. */
export function platform<Name extends keyof Globals>(name: Name): Globals[Name] | undefined {
  try {
    return (globalThis as Partial<Globals>)[name] ?? undefined
  } catch {
    // A global whose getter throws counts as missing.
    return undefined
  }
}

/** Returns true if a wait can have a time limit. */
export function hasTimers(): boolean {
  return platform('setTimeout') !== undefined && platform('clearTimeout') !== undefined
}

/** Calls back after a delay in milliseconds, or never without timers; returns a function that cancels the timer. */
export function after(milliseconds: number, callback: () => void): () => void {
  const [set, clear] = [platform('setTimeout'), platform('clearTimeout')]
  if (set === undefined || clear === undefined) return () => {}
  const timer = set(callback, milliseconds)
  return () => clear(timer)
}

/** A WeakRef, or a strong reference in an engine without WeakRef. */
export interface WeakReference<Target> {
  deref(): Target | undefined
}

/** Makes a weak reference to an object, or a strong one in an engine without WeakRef. */
export function weakly<Target extends object>(target: Target): WeakReference<Target> {
  const Reference = platform('WeakRef')
  return Reference === undefined ? { deref: () => target } : new Reference(target)
}

/** Returns milliseconds since a fixed moment, or 0 where the platform has no such clock. */
export function now(): number {
  return platform('performance')?.now() ?? 0
}

/** The parts of modules of Node that this library needs. */
interface NodeModules {
  readonly 'node:os': { availableParallelism(): number }
  readonly 'node:worker_threads': {
    readonly Worker: new (script: URL, options: { readonly name: string; readonly execArgv: string[] }) => NodeWorker
  }
}

/** A thread of Node. */
interface NodeWorker {
  on(type: 'message' | 'error' | 'messageerror' | 'exit', listener: (value: unknown) => void): unknown
  postMessage(message: unknown, transfer: readonly unknown[]): void
  terminate(): Promise<unknown>
  ref(): void
  unref(): void
}

// A string: the types of a platform without Node lack the name.
const NODE_GLOBAL: string = 'process'

/** Returns a module of Node, from 20.16 and 22.3 on. Not by an import, because bundlers would look for the module. */
export function nodeModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined {
  try {
    const process: unknown = platform(NODE_GLOBAL as keyof Globals)
    const modules = process as { getBuiltinModule?(name: string): unknown } | undefined
    return modules?.getBuiltinModule?.(name) as NodeModules[Name] | undefined
  } catch {
    // Another platform's process has other modules.
    return undefined
  }
}

/** Returns the number of threads that run at once; undefined where the platform does not say. */
export function coreCount(): number | undefined {
  return platform('navigator')?.hardwareConcurrency ?? nodeModule('node:os')?.availableParallelism()
}

const COSTS: readonly (readonly [cost: string, ...names: (keyof Globals)[]])[] = [
  ['events are not dispatched', 'EventTarget', 'Event'],
  ['calls take no signal', 'AbortSignal'],
  ['no wait has a time limit', 'setTimeout', 'clearTimeout'],
  ['dispatchers and kernels are kept as long as their device', 'WeakRef'],
  ['what was recorded for buffers that are gone is kept for some time', 'FinalizationRegistry'],
  ['it is not measured from which length on the GPU is faster', 'performance'],
  ['the CPU computes in JavaScript', 'WebAssembly', 'DecompressionStream', 'Blob', 'atob'],
]

const COSTS_OF_WORKER: typeof COSTS = [
  ['the calling thread computes', 'Worker', 'URL'],
  ['nothing is transferred to the worker', 'structuredClone'],
]

/** Describes each missing global and its effect in a sentence. @param worker true to include those of the worker */
export function missing(worker: boolean): string[] {
  const isMissing = (name: keyof Globals): boolean =>
    platform(name) === undefined && (name !== 'Worker' || nodeModule('node:worker_threads') === undefined)
  return [...COSTS, ...(worker ? COSTS_OF_WORKER : [])].flatMap(([cost, ...names]) =>
    names.filter(isMissing).map(name => `There is no ${name}: ${cost}.`),
  )
}
