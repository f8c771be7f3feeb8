// What there may be beside the language: an engine for servers, a worklet or an app may lack any of it. Nobody else names it, so
// that the library loads everywhere, and computes with what there is.

type Globals = typeof globalThis

/** A global of the platform; undefined where there is none. Looked up each time, for it may come, or be replaced, later. */
export function platform<Name extends keyof Globals>(name: Name): Globals[Name] | undefined {
  try {
    return (globalThis as Partial<Globals>)[name] ?? undefined
  } catch {
    // Its getter throws: it is not to be had.
    return undefined
  }
}

/** Whether what waits can be ended after some time. */
export function hasTimers(): boolean {
  return platform('setTimeout') !== undefined && platform('clearTimeout') !== undefined
}

/** Calls back after so many milliseconds, or never where there are no timers; returns what takes that back. */
export function after(milliseconds: number, callback: () => void): () => void {
  const [set, clear] = [platform('setTimeout'), platform('clearTimeout')]
  if (set === undefined || clear === undefined) return () => {}
  const timer = set(callback, milliseconds)
  return () => clear(timer)
}

/** A WeakRef; or, in an engine without, what keeps what it refers to. */
export interface Reference<Target> {
  deref(): Target | undefined
}

/** Refers to an object without keeping it, where the engine has such references. */
export function weakly<Target extends object>(target: Target): Reference<Target> {
  const Reference = platform('WeakRef')
  return Reference === undefined ? { deref: () => target } : new Reference(target)
}

/** Milliseconds since some moment; where there is no such clock, none passes. */
export function now(): number {
  return platform('performance')?.now() ?? 0
}

const COSTS: readonly (readonly [cost: string, ...names: (keyof Globals)[]])[] = [
  ['events are not dispatched', 'EventTarget', 'Event'],
  ['calls take no signal', 'AbortSignal'],
  ['no wait has a time limit', 'setTimeout', 'clearTimeout'],
  ['dispatchers and kernels are kept as long as their device', 'WeakRef'],
  ['what was recorded for buffers that are gone is kept for some time', 'FinalizationRegistry'],
  ['it is not measured which arrays are worth the trip to the GPU', 'performance'],
  ['the CPU computes in JavaScript', 'WebAssembly', 'DecompressionStream', 'Blob', 'atob'],
]

const COSTS_OF_WORKER: typeof COSTS = [
  ['the calling thread computes', 'Worker', 'URL'],
  ['nothing is transferred to the worker', 'structuredClone'],
]

/** What of the platform is missing, and what that costs: sentences. @param worker whether one is wanted */
export function missing(worker: boolean): string[] {
  return [...COSTS, ...(worker ? COSTS_OF_WORKER : [])].flatMap(([cost, ...names]) =>
    names.filter(name => platform(name) === undefined).map(name => `There is no ${name}: ${cost}.`),
  )
}
