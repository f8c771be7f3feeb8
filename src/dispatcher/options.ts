import { readSignal } from '../support/deadlines.ts'
import { InputError, show } from '../support/errors.ts'
import { isDevice } from '../gpu/device/device.ts'
import type { AbortSignal, GPUDevice } from '../support/platform-types.ts'
import { choice, flag, hasMethods, readOptions as readNamed } from '../support/reading.ts'

/** How a dispatcher chooses its processor and how it checks it. Everything may be left out. */
export interface DispatcherOptions {
  /**
   * - `'auto'` (default): WebGPU on a hardware adapter, where the array is worth the trip; else the CPU.
   * - `'webgpu'`: WebGPU, on a software adapter too; none is an error.
   * - `'cpu'`: the CPU.
   */
  readonly processor?: 'auto' | 'webgpu' | 'cpu' | undefined
  /** A device to adopt: used, never destroyed, its errors left to its owner. Without one the dispatcher requests its own. */
  readonly device?: GPUDevice | undefined
  /**
   * What of a GPU result is compared with the CPU reference.
   *
   * - `'sample'` (default): the first and the last element, 1,024 in between, and every NaN.
   * - `'full'`: every element.
   * - `'off'`: nothing.
   */
  readonly crossCheck?: 'off' | 'sample' | 'full' | undefined
  /**
   * What a result that differs leads to.
   *
   * - `'fallback'` (default): the CPU answers, and that kernel is not used again.
   * - `'throw'`: the call rejects with a CrossCheckError; the CPU answers later calls, for the kernel is not used again.
   */
  readonly onMismatch?: 'fallback' | 'throw' | undefined
  /** Picks the elements that `'sample'` compares; the same seed picks the same. An integer, 0 when left out. */
  readonly seed?: number | undefined
  /**
   * Whether the CPU computes long arrays in a Worker, so that the calling thread goes on meanwhile: `true` starts one, where the
   * WebAssembly kernels, workers and the Content-Security-Policy allow it. The report says so. `false` when left out.
   *
   * Inputs are copied for it, unless the call says `{ transfer: true }`.
   */
  readonly worker?: boolean | undefined
  /**
   * Whether `'auto'` measures from which length on an array is worth the trip to the GPU: the trip once an adapter and page, and
   * each kernel on the CPU, at its first call of 65,536 elements or more, which takes some tens of milliseconds longer. The
   * report has what was found. `true` when left out; `false`: 1,048,576 elements.
   */
  readonly tune?: boolean | undefined
  /**
   * Whether each kernel computes some special and some ordinary values before its first use on a device, which are compared with the
   * CPU reference: a millisecond or two. One that fails is not used. `true` when left out.
   */
  readonly selfTest?: boolean | undefined
  /**
   * Where it is kept which kernels have passed their self-test, by adapter and version of this library: `localStorage`, or anything
   * with its two methods. When left out it is known for as long as the page or the process lives.
   */
  readonly storage?: VerdictStorage | undefined
  /**
   * How long the browser may take to give a device, to compile or to answer a submission, in milliseconds; then the CPU answers. A
   * device that took longer is given up. 30,000 when left out; Infinity: for ever.
   */
  readonly timeLimit?: number | undefined
  /** Ends the creation of the dispatcher: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** What keeps verdicts: a `Storage`, or anything that answers at once, as it does. */
export interface VerdictStorage {
  /** The text that is kept under a key; null or undefined: none. */
  getItem(key: string): string | null | undefined
  /** Keeps a text under a key. */
  setItem(key: string, value: string): void
}

/** The options, checked, each with its value. */
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
// What a driver may take to compile on a loaded machine, and less than who waits for an answer takes a page for dead.
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
