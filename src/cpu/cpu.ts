import { throwIfAborted, unlessAborted, type Deadline } from '../support/deadlines.ts'
import { DestroyedError, messageOf } from '../support/errors.ts'
import type { Elements } from '../support/formats.ts'
import { platform } from '../support/platform.ts'
import {
  allocate,
  allocateElements,
  checkUnchanged,
  clearRest,
  elementsOver,
  maskLength,
  newMask,
  type Tensors,
} from '../operations/layout.ts'
import { computeInJavaScript } from '../reference/compute.ts'
import { type Processor, resultNamesOf, type Results, type Task } from '../operations/task.ts'
import { computeInChunks } from './wasm/chunks.js'
import { Allocator, instanceFor, scratchInstance } from './wasm/memory.ts'
import { type LoadedKernels, loadKernels } from './wasm/module.ts'
import { kernelsFor, type WasmCall, wasmCallOf } from './wasm/plan.ts'
import { type KernelWorker, type Reply, startWorker } from './wasm/worker.ts'

/** How calls are computed on the CPU. */
export interface CpuReport {
  /** `'wasm'`: kernels in WebAssembly with SIMD, within the same bounds as the GPU. `'javascript'`: mostly loops in float64. */
  readonly path: 'wasm' | 'javascript'
  /** Why it is not WebAssembly, or there is no worker, where that is so. */
  readonly reason: string
  /** Whether long arrays are computed in a worker. */
  readonly worker: boolean
}

// Fewer elements than that keep the calling thread for less than a millisecond, and a message to the worker and back takes 0.1
// to 0.2 of it (Chromium 156).
const WORTH_THE_HOP = 2 ** 17

/**
 * Computes arrays on the CPU: by kernels in WebAssembly, or by JavaScript where there are none.
 *
 * @param options `worker`: whether long arrays are computed off the main thread; `timeLimit`: how long the worker may keep
 * silent, in milliseconds
 */
export async function createCpu(
  { worker, timeLimit }: { readonly worker: boolean; readonly timeLimit: number },
  loaded?: LoadedKernels,
): Promise<Cpu> {
  const kernels = loaded ?? (await loadKernels())
  if ('missing' in kernels) return new Cpu(undefined, undefined, kernels.missing)
  const { module } = kernels
  try {
    scratchInstance(module)
  } catch (error) {
    return new Cpu(undefined, undefined, `The WebAssembly kernels cannot be used: ${reasonOf(error)}.`)
  }
  if (!worker) return new Cpu(module, undefined, 'WebAssembly has SIMD here.')
  try {
    const reason = `WebAssembly has SIMD here. Arrays of ${WORTH_THE_HOP} elements or more go to the worker.`
    return new Cpu(module, await startWorker(module, timeLimit), reason)
  } catch (error) {
    return new Cpu(module, undefined, `The main thread computes, for the worker cannot be used: ${reasonOf(error)}.`)
  }
}

function reasonOf(error: unknown): string {
  return messageOf(error).replace(/\.$/, '')
}

/** The CPU of a dispatcher. Made by {@link createCpu}. */
export class Cpu implements Processor {
  readonly #module: WebAssembly.Module | undefined
  readonly #allocator: Allocator | undefined
  readonly #worker: KernelWorker | undefined
  readonly #reason: string

  constructor(module: WebAssembly.Module | undefined, worker: KernelWorker | undefined, reason: string) {
    this.#module = module
    this.#allocator = module && new Allocator(module)
    this.#worker = worker
    this.#reason = reason
  }

  get report(): CpuReport {
    const ended = this.#worker?.ended
    return {
      path: this.#module === undefined ? 'javascript' : 'wasm',
      reason: ended?.message ?? this.#reason,
      worker: this.#worker !== undefined && ended === undefined,
    }
  }

  /** Zeros, in the memory of the kernels where there are any. @throws ActivationsError when memory runs out */
  allocate(length: number): Float32Array<ArrayBuffer> {
    return this.#allocator?.allocate(length) ?? allocate(Float32Array, length)
  }

  /**
   * The results of a task, in their order. Those that are not its `out` are new arrays.
   *
   * @throws ActivationsError when memory runs out; (by rejection) when the worker fails with arrays that it was given
   * @throws InputError (by rejection) when the worker fails, and an array was detached meanwhile
   * @throws DestroyedError (by rejection) when this is destroyed while the worker computes; the reason of a signal
   */
  compute(task: Task, deadline: Deadline): Results | Promise<Results> {
    const module = this.#module
    if (module === undefined || !hasKernels(module, task)) return computeInJavaScript(task)
    const worker = this.#worker
    if (worker === undefined || worker.ended !== undefined || task.length < WORTH_THE_HOP) {
      return computeHere(module, task)
    }
    return computeThere(module, worker, task, deadline)
  }

  /** Ends the worker, whose calls are rejected with the reason, and lets go of memory. */
  destroy(reason: DestroyedError): void {
    this.#allocator?.release()
    this.#worker?.end(reason)
  }
}

function hasKernels(module: WebAssembly.Module, task: Task): boolean {
  const { kernels } = scratchInstance(module)
  return kernelsFor(task).every(name => name in kernels)
}

function computeHere(module: WebAssembly.Module, task: Task): Results {
  const { out, length, format } = task
  const targets = Object.values(out)
  const results = resultNamesOf(task.operation).map((wanted, i) =>
    wanted === 'mask' ? newMask(length) : (targets[i] ?? allocateElements(format, length)),
  )
  const plan = wasmCallOf(task, results)
  computeInChunks(instanceFor(module, plan), plan)
  return clearedRests(results, length)
}

async function computeThere(
  module: WebAssembly.Module,
  worker: KernelWorker,
  task: Task,
  { signals }: Deadline,
): Promise<Results> {
  const { inputs, out, length } = task
  const taken = task.transfer ? takeFrom(inputs, out) : inputs
  const isTaken = (name: string): boolean => taken[name] !== inputs[name]
  let reply: Promise<Reply>
  try {
    const copies = Object.entries(taken).map(([name, array]) => [name, isTaken(name) ? array : array.slice()])
    const sent = { ...task, inputs: Object.fromEntries(copies) as Tensors }
    reply = worker.compute(wasmCallOf(sent, resultsOver(sent)))
  } catch {
    // There is no memory for copies, or the worker ended just now: nothing was sent.
    return computeHere(module, { ...task, inputs: taken })
  }
  try {
    // The worker has its own time limit, for plans wait there for others.
    const { plan, failure } = await unlessAborted(reply, signals)
    checkUnchanged(out, length)
    // The tensors came back, as far as they were computed.
    if (failure !== undefined) computeInChunks(scratchInstance(module), plan)
    return clearedRests(resultsOf(plan), length)
  } catch (error) {
    throwIfAborted(signals)
    if (Object.keys(inputs).some(isTaken) || error instanceof DestroyedError) throw error
    checkUnchanged({ ...inputs, ...out }, length)
    return computeHere(module, task)
  }
}

/**
 * Inputs over memory that was taken from the caller's where that can be. An engine that cannot detach one of several buffers may
 * have detached others before it says so: each is taken by itself.
 */
function takeFrom(inputs: Tensors, out: Tensors): Tensors {
  const arrays = Object.values(inputs)
  const memories = new Map(
    [...new Set(arrays.map(({ buffer }) => buffer))].map(buffer => {
      const isAllTransferable = arrays.every(array => array.buffer !== buffer || isTransferable(array, out))
      return [buffer, isAllTransferable ? detached(buffer as ArrayBuffer) : buffer] as const
    }),
  )
  const entries = Object.entries(inputs).map(([name, array]) => {
    const memory = memories.get(array.buffer)!
    return [name, memory === array.buffer ? array : new (array.constructor as Float32ArrayConstructor)(memory)]
  })
  return Object.fromEntries(entries) as Tensors
}

/** The memory of a buffer that has none any more; or the buffer itself, where it cannot be detached, as that of a WebAssembly memory. */
function detached(buffer: ArrayBuffer): ArrayBuffer {
  try {
    const memory = platform('structuredClone')?.(buffer, { transfer: [buffer] }) ?? buffer
    // Node 20 copies the memory of WebAssembly.
    return buffer.byteLength === 0 ? memory : buffer
  } catch {
    return buffer
  }
}

/** Whether a worker may have the memory of an array, and nothing else is lost with it. */
function isTransferable(array: Elements | Uint32Array, out: Tensors): boolean {
  const { buffer, byteLength } = array
  if (!(buffer instanceof ArrayBuffer) || (buffer as { resizable?: boolean }).resizable === true) return false
  // A mask is little to copy, and who computes a gradient from it may need it again.
  if (array instanceof Uint32Array || byteLength !== buffer.byteLength) return false
  return Object.values(out).every(target => target.buffer !== buffer)
}

/** Results in the memory of the inputs, so that there is no more to send than these. */
function resultsOver(task: Task): Results {
  const { inputs, length, format } = task
  const elements = Object.values(inputs).filter(array => !(array instanceof Uint32Array))
  const taken = new Set<ArrayBufferLike>()
  return resultNamesOf(task.operation).map((wanted, i) => {
    if (wanted === 'mask') return newMask(length)
    const input = elements[i]!
    if (taken.has(input.buffer)) return allocateElements(format, length)
    taken.add(input.buffer)
    return input
  })
}

function resultsOf({ tensors, format, length }: WasmCall): Results {
  const results = tensors.filter(({ isOutput }) => isOutput)
  return results.map(({ bytes, isMask }) =>
    isMask ? new Uint32Array(bytes.buffer, 0, maskLength(length)) : elementsOver(format, bytes, length),
  )
}

function clearedRests(results: Results, elements: number): Results {
  for (const result of results) if (result instanceof Uint32Array) clearRest(result, elements)
  return results
}
