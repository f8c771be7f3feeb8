import { readSignal } from '../support/deadlines.ts'
import { InputError, show } from '../support/errors.ts'
import { isDevice } from '../gpu/device/device.ts'
import type { AbortSignal, GPUDevice } from '../support/platform-types.ts'
import { choice, flag, hasMethods, readEach } from '../support/reading.ts'

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
   * The number of threads that compute a long array on the CPU: an integer from 1 to 16, or `true` for one on each core, at most
   * 4. As many workers are started. They need the WebAssembly kernels, and a Content-Security-Policy that allows workers; the
   * report says if they are missing. `false`, which starts none, when left out.
   *
   * - Where threads can share memory, in a cross-origin isolated page and in Node, the calling thread and all workers but one
   *   compute the parts of an array together, and the calling thread waits. A call with `{ transfer: true }` leaves the calling
   *   thread free: workers alone compute it.
   * - Elsewhere, and with 1, one worker computes, and the calling thread is free. Inputs are copied to the worker, unless the
   *   call has `{ transfer: true }`.
   */
  readonly worker?: boolean | number | undefined
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
export type CheckedOptions = ReturnType<typeof readOptions>

export function readOptions(options: unknown) {
  return readEach('createDispatcher', options, {
    processor: choice('auto', 'webgpu', 'cpu'),
    device: readDevice,
    crossCheck: choice('sample', 'off', 'full'),
    onMismatch: choice('fallback', 'throw'),
    seed: readSeed,
    worker: readWorker,
    tune: flag(true),
    selfTest: flag(true),
    storage: readStorage,
    timeLimit: readTimeLimit,
    signal: (_, signal) => readSignal(signal),
  })
}

function readDevice(_: string, device: unknown): GPUDevice | undefined {
  if (device === undefined || isDevice(device)) return device
  throw new InputError('invalid-argument', `The device is ${show(device)}.`, 'Give a GPUDevice, or leave it out.')
}

const MOST_THREADS = 16

function readWorker(_: string, worker: unknown = false): boolean | number {
  if (typeof worker === 'boolean') return worker
  if (Number.isInteger(worker) && (worker as number) >= 1 && (worker as number) <= MOST_THREADS) return worker as number
  const fix = `Give true, false, or a number of threads, an integer from 1 to ${MOST_THREADS}.`
  throw new InputError('invalid-argument', `worker is ${show(worker)}.`, fix)
}

function readSeed(_: string, seed: unknown = 0): number {
  if (Number.isSafeInteger(seed)) return seed as number
  throw new InputError('invalid-argument', `The seed is ${show(seed)}.`, 'Give an integer.')
}

function readStorage(_: string, storage: unknown): VerdictStorage | undefined {
  if (storage === undefined) return undefined
  if (hasMethods('The storage', storage, ['getItem', 'setItem'])) return storage as VerdictStorage
  throw new InputError(
    'invalid-argument',
    `The storage is ${show(storage)}.`,
    'Give localStorage, or an object with getItem and setItem.',
  )
}

// Longer than a driver needs to compile on a loaded machine, and shorter than a user waits before leaving a page.
const USUAL_TIME_LIMIT_MS = 30_000

function readTimeLimit(_: string, timeLimit: unknown = USUAL_TIME_LIMIT_MS): number {
  if (typeof timeLimit === 'number' && timeLimit > 0) return timeLimit
  throw new InputError('invalid-argument', `The timeLimit is ${show(timeLimit)}.`, 'Give milliseconds, more than 0.')
}
