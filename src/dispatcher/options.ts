import { readSignal } from '../support/deadlines.ts'
import { InputError, show } from '../support/errors.ts'
import { isDevice } from '../gpu/device/device.ts'
import type { AbortSignal, GPUDevice } from '../support/platform-types.ts'
import { choice, flag, hasMethods, readOptions as readNamed } from '../support/reading.ts'

/** The options of `createDispatcher`: the choice of its processor, and the checks of GPU results. Each has a default. */
export interface DispatcherOptions {
  /**
   * The processor of the dispatcher.
   *
   * - `'auto'` (default): WebGPU on a hardware adapter for arrays above the crossover; otherwise the CPU.
   * - `'webgpu'`: WebGPU, on a software adapter too; throws an UnavailableError where there is none.
   * - `'cpu'`: the CPU.
   */
  readonly processor?: 'auto' | 'webgpu' | 'cpu' | undefined
  /**
   * A device to adopt. The dispatcher uses it, never destroys it, and leaves its uncaptured errors to the owner.
   * Without one the dispatcher requests its own.
   */
  readonly device?: GPUDevice | undefined
  /**
   * The elements of a GPU result that are compared with the CPU reference.
   *
   * - `'sample'` (default): the first and the last element, 1,024 in between, and every NaN.
   * - `'full'`: every element.
   * - `'off'`: none.
   */
  readonly crossCheck?: 'off' | 'sample' | 'full' | undefined
  /**
   * The reaction to a GPU result that differs from the CPU reference. Either quarantines the kernel: the CPU answers
   * its later calls.
   *
   * - `'fallback'` (default): the CPU answers.
   * - `'throw'`: the call rejects with a CrossCheckError.
   */
  readonly onMismatch?: 'fallback' | 'throw' | undefined
  /** The seed for the elements that `'sample'` compares: equal seeds pick equal elements. An integer, 0 when left out. */
  readonly seed?: number | undefined
  /**
   * `true` starts a Worker that computes long arrays for the CPU, so that the calling thread is free. It needs the WebAssembly
   * kernels, workers, and a Content-Security-Policy that allows them; the report says if they are missing. `false` when left out.
   *
   * Inputs are copied to the worker, unless the call has `{ transfer: true }`.
   */
  readonly worker?: boolean | undefined
  /**
   * `true` measures the crossover of `'auto'`, the length from which the GPU is faster with its transfers: the transfers once for
   * each adapter and page, and each kernel on the CPU at its first call of 65,536 elements or more, which then takes some tens of
   * milliseconds longer. The report has the result. `false` uses 1,048,576 elements. `true` when left out.
   */
  readonly tune?: boolean | undefined
  /**
   * `true` tests each kernel before its first use on a device, on special and ordinary values, against the CPU
   * reference, in a millisecond or two. A kernel that fails is not used. `true` when left out.
   */
  readonly selfTest?: boolean | undefined
  /**
   * The store for self-tests that passed, by adapter and version of this library: `localStorage`, or any object with
   * its two methods. When left out, they are remembered for the life of the page or the process.
   */
  readonly storage?: VerdictStorage | undefined
  /**
   * The limit for requesting a device, for compilation and for the answer to a submission, in milliseconds. After it
   * the CPU answers, and the device is abandoned. 30,000 when left out; Infinity for no limit.
   */
  readonly timeLimit?: number | undefined
  /** Cancels the creation of the dispatcher, which rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined
}

/** A synchronous store for the results of self-tests, such as a `Storage`. */
export interface VerdictStorage {
  /** Returns the text under a key; null or undefined for none. */
  getItem(key: string): string | null | undefined
  /** Stores a text under a key. */
  setItem(key: string, value: string): void
}

/** The options after the checks, with defaults filled in. */
export interface CheckedOptions {
  readonly processor: 'auto' | 'webgpu' | 'cpu'
  readonly device: GPUDevice | undefined
  readonly crossCheck: 'off' | 'sample' | 'full'
  readonly onMismatch: 'fallback' | 'throw'
  readonly seed: number
  readonly worker: boolean
  readonly tune: boolean
  readonly selfTest: boolean
  readonly storage: VerdictStorage | undefined
  readonly timeLimit: number
  readonly signal: AbortSignal | undefined
}

const OPTIONS = [
  'processor',
  'device',
  'crossCheck',
  'onMismatch',
  'seed',
  'worker',
  'tune',
  'selfTest',
  'storage',
  'timeLimit',
  'signal',
] as const
// Longer than a driver needs to compile on a loaded machine, and shorter than a user waits before leaving a page.
const USUAL_TIME_LIMIT_MS = 30_000

/** Checks the options of a dispatcher and fills in the defaults. @throws InputError */
export function readOptions(options: unknown): CheckedOptions {
  const given = readNamed('createDispatcher', options, OPTIONS, `Give { ${OPTIONS.join(', ')} }.`)
  const { device, seed = 0 } = given
  if (device !== undefined && !isDevice(device)) {
    throw new InputError('invalid-argument', `The device is ${show(device)}.`, 'Give a GPUDevice, or leave it out.')
  }
  if (!Number.isSafeInteger(seed)) {
    throw new InputError('invalid-argument', `The seed is ${show(seed)}.`, 'Give an integer.')
  }
  return {
    processor: choice('processor', given.processor, ['auto', 'webgpu', 'cpu']),
    device,
    crossCheck: choice('crossCheck', given.crossCheck, ['sample', 'off', 'full']),
    onMismatch: choice('onMismatch', given.onMismatch, ['fallback', 'throw']),
    seed: seed as number,
    worker: flag('worker', given.worker, false),
    tune: flag('tune', given.tune, true),
    selfTest: flag('selfTest', given.selfTest, true),
    storage: readStorage(given.storage),
    timeLimit: readTimeLimit(given.timeLimit),
    signal: readSignal(given.signal),
  }
}

function readStorage(storage: unknown): VerdictStorage | undefined {
  if (storage === undefined) return undefined
  if (hasMethods('The storage', storage, ['getItem', 'setItem'])) return storage as VerdictStorage
  throw new InputError(
    'invalid-argument',
    `The storage is ${show(storage)}.`,
    'Give localStorage, or an object with getItem and setItem.',
  )
}

function readTimeLimit(timeLimit: unknown = USUAL_TIME_LIMIT_MS): number {
  if (typeof timeLimit === 'number' && timeLimit > 0) return timeLimit
  throw new InputError('invalid-argument', `The timeLimit is ${show(timeLimit)}.`, 'Give milliseconds, more than 0.')
}
