import { throwIfAborted, unlessAborted, type Deadline } from '../support/deadlines.ts'
import { DestroyedError, messageOf } from '../support/errors.ts'
import type { Channels } from '../activations/support/activation.ts'
import { sumAlphaOnCpu } from '../reference/alpha-sums.ts'
import { asFloat32, BYTES_PER_ELEMENT, type Elements, type FloatArray, type FloatFormat } from '../support/formats.ts'
import { coreCount, platform } from '../support/platform.ts'
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
import { cutPairs, elementsOf } from '../operations/packed-task.ts'
import { resultNamesOf, type Results, type Task } from '../operations/task.ts'
import type { Cpu, CpuReport } from './interface.ts'
import { JavaScriptCpu } from './javascript-cpu.ts'
import { sumAlphaInWasm } from './wasm/alpha-sums.ts'
import { computeInChunks } from './wasm/chunks.js'
import { computeShared } from './wasm/rings.js'
import { Allocator, instanceFor, scratchInstance } from './wasm/memory.ts'
import { type LoadedKernels, loadKernels, longKernels } from './wasm/module.ts'
import { kernelsFor, type Ring, type WasmCall, wasmCallOf } from './wasm/wasm-call.ts'
import { type KernelWorkers, type Reply, startWorkers } from './wasm/worker.ts'

// Fewer elements block the calling thread for less than a millisecond, and a message to the worker and back takes 0.1
// to 0.2 ms (Chromium 156).
const WORTH_THE_HOP = 2 ** 17
// The calling thread copies the parts of the others, in a third to a seventh of the time in which it computes them.
const MOST_USEFUL_THREADS = 4

/** Creates the CPU path with the kernels, or without them where WebAssembly with SIMD is missing. */
export async function createWasmCpu(
  { worker, timeLimit }: { readonly worker: boolean | number; readonly timeLimit: number },
  loaded?: LoadedKernels,
): Promise<Cpu> {
  const kernels = loaded ?? (await loadKernels())
  if ('missing' in kernels) return new JavaScriptCpu(kernels.missing)
  const { module } = kernels
  try {
    scratchInstance(module)
  } catch (error) {
    return new JavaScriptCpu(`The WebAssembly kernels cannot be used: ${reasonOf(error)}.`)
  }
  if (worker === false) return new WasmCpu(module, undefined, 'WebAssembly has SIMD here.')
  const wanted = worker === true ? Math.min(coreCount() ?? 1, MOST_USEFUL_THREADS) : worker
  const isShared = platform('SharedArrayBuffer') !== undefined
  try {
    const workers = await startWorkers(module, isShared ? wanted : 1, timeLimit)
    const compute =
      wanted === 1 || isShared
        ? 'the worker computes'
        : 'one worker computes, for threads cannot share memory: the page is not cross-origin isolated'
    const who = workers.rings.length > 0 ? `${workers.rings.length + 1} threads compute` : compute
    const reason = `WebAssembly has SIMD here. Arrays of ${WORTH_THE_HOP} elements or more: ${who}.`
    return new WasmCpu(module, workers, reason)
  } catch (error) {
    const reason = `The calling thread computes, for the worker cannot be used: ${reasonOf(error)}.`
    return new WasmCpu(module, undefined, reason)
  }
}

function reasonOf(error: unknown): string {
  return messageOf(error).replace(/\.$/, '')
}

/** The CPU with WebAssembly. */
class WasmCpu implements Cpu {
  readonly #module: WebAssembly.Module
  readonly #allocator: Allocator
  readonly #workers: KernelWorkers | undefined
  readonly #reason: string
  readonly #inJavaScript = new Set<string>()

  constructor(module: WebAssembly.Module, workers: KernelWorkers | undefined, reason: string) {
    this.#module = module
    this.#allocator = new Allocator(module)
    this.#workers = workers
    this.#reason = reason
  }

  get report(): CpuReport {
    const workers = this.#workers
    const isWorking = workers !== undefined && workers.ended === undefined
    return {
      path: 'wasm',
      reason: workers?.ended?.message ?? this.#reason,
      worker: isWorking,
      threads: isWorking ? workers.rings.length + 1 : 1,
      inJavaScript: [...this.#inJavaScript],
    }
  }

  allocate(length: number): Float32Array<ArrayBuffer> {
    return this.#allocator.allocate(length) ?? allocate(Float32Array, length)
  }

  /**
   * Computes a task.
   *
   * @throws as every processor; (by rejection) InputError when the worker fails and an array was detached meanwhile,
   * DestroyedError when `destroy` is called while the worker computes
   */
  compute(task: Task, deadline: Deadline): Results | Promise<Results> {
    const module = this.#module
    if (!hasKernels(module, task)) {
      this.#inJavaScript.add(`${task.activation.programName} ${task.operation.name}`)
      return computeInJavaScript(task)
    }
    const workers = this.#workers
    if (workers === undefined || workers.ended !== undefined || task.length < WORTH_THE_HOP) {
      return computeHere(module, task)
    }
    if (workers.rings.length > 0 && !task.transfer) {
      return computeHere(module, task, isWorthSharing(module, task) ? workers.rings : [])
    }
    return computeThere(module, workers, task, deadline)
  }

  sumAlpha(channels: Channels, format: FloatFormat, x: FloatArray, dy: FloatArray): Float64Array<ArrayBuffer> {
    const sums = sumAlphaInWasm(this.#module, channels, format, x, dy)
    return sums ?? sumAlphaOnCpu(channels, asFloat32(format, x), asFloat32(format, dy))
  }

  destroy(reason: DestroyedError): void {
    this.#allocator.release()
    this.#workers?.end(reason)
  }
}

function hasKernels(module: WebAssembly.Module, task: Task): boolean {
  const { kernels } = scratchInstance(module)
  return kernelsFor(task).every(name => name in kernels)
}

/** Tells whether a kernel takes longer than to hand chunks to another thread and to fetch the results. */
function isWorthSharing(module: WebAssembly.Module, task: Task): boolean {
  // Conversions of 16 bits are long, and there are half as many bytes to copy.
  return task.format === 'f16' || task.format === 'bf16' || longKernels(module).has(kernelsFor(task)[0])
}

/** @param rings those of helpers that take chunks too */
function computeHere(module: WebAssembly.Module, task: Task, rings: readonly Ring[] = []): Results {
  const { out, length, format } = task
  const targets = Object.values(out)
  const results = resultNamesOf(task.operation).map((wanted, i) =>
    wanted === 'mask' ? newMask(length) : (targets[i] ?? allocateElements(format, elementsOf(task, wanted))),
  )
  const call = wasmCallOf(task, results)
  const instance = instanceFor(module, call)
  if (rings.length > 0) computeShared(instance, call, rings)
  else computeInChunks(instance, call)
  return clearedRests(results, length)
}

async function computeThere(
  module: WebAssembly.Module,
  workers: KernelWorkers,
  task: Task,
  { signals }: Deadline,
): Promise<Results> {
  const { inputs, length } = task
  const out = cutPairs(task.out, length)
  const own = { ...cutPairs(inputs, length), ...out }
  const taken = task.transfer ? takeFrom(inputs, task.out) : inputs
  const isTaken = (name: string): boolean => taken[name] !== inputs[name]
  let reply: Promise<Reply>
  try {
    const copies = Object.entries(taken).map(([name, array]) => [name, isTaken(name) ? array : array.slice()])
    const sent = { ...task, inputs: Object.fromEntries(copies) as Tensors }
    reply = workers.compute(wasmCallOf(sent, resultsOver(sent), isWorthSharing(module, sent)))
  } catch {
    // There is no memory for copies, or the worker has ended: nothing was sent.
    return computeHere(module, { ...task, inputs: taken })
  }
  try {
    // The worker applies the time limit, because calls queue there.
    const { call, failure } = await unlessAborted(reply, signals)
    checkUnchanged(out, length)
    // The reply has the tensors, partly computed: the main thread computes the rest.
    if (failure !== undefined) computeInChunks(scratchInstance(module), call)
    return clearedRests(resultsOf(call), length)
  } catch (error) {
    throwIfAborted(signals)
    if (Object.keys(inputs).some(isTaken) || error instanceof DestroyedError) throw error
    checkUnchanged(own, length)
    return computeHere(module, task)
  }
}

/**
 * Detaches the caller's inputs where possible, and returns inputs over the detached memory. Each buffer is detached by
 * itself, because an engine that fails at one of several may have detached others before.
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

/** Detaches a buffer and returns its memory; returns the buffer itself where the engine cannot detach it. */
function detached(buffer: ArrayBuffer): ArrayBuffer {
  try {
    const memory = platform('structuredClone')?.(buffer, { transfer: [buffer] }) ?? buffer
    // Node 20 copies WebAssembly memory instead of a refusal.
    return buffer.byteLength === 0 ? memory : buffer
  } catch {
    return buffer
  }
}

/** Tells whether an array's memory can be transferred to a worker and the caller loses nothing else. */
function isTransferable(array: Elements | Uint32Array, out: Tensors): boolean {
  const { buffer, byteLength } = array
  if (!(buffer instanceof ArrayBuffer) || (buffer as { resizable?: boolean }).resizable === true) return false
  // A mask is small enough to copy, and the caller may need it for another gradient.
  if (array instanceof Uint32Array || byteLength !== buffer.byteLength) return false
  return Object.values(out).every(target => target.buffer !== buffer)
}

/** Returns results in the memory of the inputs, so that only inputs are transferred. */
function resultsOver(task: Task): Results {
  const { inputs, length, format } = task
  const elements = Object.values(inputs).filter(array => !(array instanceof Uint32Array))
  const taken = new Set<ArrayBufferLike>()
  return resultNamesOf(task.operation).map((wanted, i) => {
    if (wanted === 'mask') return newMask(length)
    const input = elements[i]!
    if (input.length !== elementsOf(task, wanted)) return allocateElements(format, elementsOf(task, wanted))
    if (taken.has(input.buffer)) return allocateElements(format, length)
    taken.add(input.buffer)
    return input
  })
}

function resultsOf({ tensors, format, length }: WasmCall): Results {
  // A result of pairs is two tensors over the same bytes.
  const results = tensors.filter(({ isOutput, run }) => isOutput && (run === undefined || run.offset === 0))
  return results.map(({ bytes, isMask }) =>
    isMask
      ? new Uint32Array(bytes.buffer, 0, maskLength(length))
      : elementsOver(format, bytes, bytes.length / BYTES_PER_ELEMENT[format]),
  )
}

function clearedRests(results: Results, elements: number): Results {
  for (const result of results) if (result instanceof Uint32Array) clearRest(result, elements)
  return results
}
