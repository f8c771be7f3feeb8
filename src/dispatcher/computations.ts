import type { Call } from './calls.ts'

/** Computes a call on the processor of a dispatcher, with its checks and its recovery. */
type Compute = <Result>(call: Call<Result>, signal: AbortSignal | undefined) => Promise<Result>

/** The way into a dispatcher for the calls of other entries of the package, which are no methods of it. */
export const computations = new WeakMap<object, Compute>()
