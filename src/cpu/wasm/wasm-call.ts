import { severalChannels } from '../../activations/support/channels.ts'
import type { Elements, Format } from '../../support/formats.ts'
import { type Packing, runOf } from '../../operations/packing.ts'
import { programOf } from '../../operations/operation.ts'
import type { Task } from '../../operations/task.ts'
import { bytesOf } from '../../support/bits.ts'

/**
 * A kernel: `(vectors, an address for each tensor, parameters)`. `pack` and `unpack` have two tensors and no
 * parameters.
 */
export type Kernel = (...given: number[]) => void

/** Kernels with their memory. Its first `SCRATCH_BYTES` are scratch for tensors outside of it. */
export interface WasmInstance {
  readonly memory: Uint8Array
  readonly kernels: Readonly<Record<string, Kernel>>
}

/** One call of a kernel over whole tensors: plain data, which can be posted to a worker. */
export interface WasmCall {
  readonly id: number
  readonly kernel: string
  readonly format: Format
  readonly length: number
  /** In the order of the kernel's arguments. */
  readonly tensors: readonly TensorBytes[]
  readonly parameters: readonly number[]
  /** Element i of the tensors has the slope `values[floor(i / inner) % values.length]`. */
  readonly slopes: { readonly values: Float32Array; readonly inner: number } | undefined
  /** True where helpers take chunks too, if there are any. */
  readonly isShared: boolean
  /** The number of elements that are computed already. */
  done: number
}

/** A tensor of a call, as bytes. A result may have exactly the bytes of an input. */
interface TensorBytes {
  readonly bytes: Uint8Array
  readonly isOutput: boolean
  /** True for one bit per element, in words of 32. */
  readonly isMask: boolean
  /** The index of the tensor's scratch region. A result shares the region of an input, which saves cache. */
  readonly region: number
  /** Of pairs, which two tensors share: the elements lie in runs of `length`, each followed by one of the other tensor. */
  readonly run: { readonly length: number; readonly offset: number } | undefined
}

/** A call whose chunks a helper may take: that of a ring, over the slots of the ring. */
export interface Help extends Pick<WasmCall, 'kernel' | 'format' | 'parameters' | 'slopes'> {
  readonly call: number
  readonly tensors: readonly Pick<TensorBytes, 'isOutput' | 'isMask' | 'region'>[]
}

/** Slots in the memory of a helper, through which another thread hands it chunks. */
export interface Ring {
  readonly memory: Uint8Array
  readonly words: Int32Array
  readonly places: Float64Array
  /** The address of the first slot. */
  readonly slots: number
  readonly wake: (help: Help) => void
  /** The number of the last call. */
  calls: number
}

/** The members of a worker's global scope that rings.js needs. */
export interface WorkerScope {
  addEventListener(
    type: 'message',
    listener: (event: { readonly data: WasmCall | Setup | HelperSetup | Help }) => void,
  ): void
  addEventListener(type: 'messageerror', listener: () => void): void
  postMessage(message: unknown, transfer: ArrayBufferLike[]): void
}

/** The first message to the worker that computes whole calls. */
export interface Setup {
  readonly module: WebAssembly.Module
  readonly pages: number
  readonly helpers: readonly { readonly buffer: ArrayBufferLike; readonly port: MessagePort }[]
}

/** The first message to a helper. */
export interface HelperSetup {
  /** Compiled for shared memory. */
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  /** The helper is woken through it by the worker that computes whole calls, and by a message of its own by the calling thread. */
  readonly port: MessagePort
}

const MOST_PARAMETERS = 4
let calls = 0

/** Makes the kernel call for a task. @param results the arrays for the results, in order @param isShared true where helpers take chunks */
export function wasmCallOf(task: Task, results: readonly (Elements | Uint32Array)[], isShared = false): WasmCall {
  const { activation, operation, inputs, length, format } = task
  const { uniforms } = programOf(activation, format)
  const outputs = results.values()
  const channels = severalChannels(activation)
  const regions = { input: 0, output: 0 }
  const tensors = operation.slots.flatMap(({ name, role, isOutput }) => {
    const bytes = bytesOf(isOutput ? outputs.next().value! : inputs[name]!)
    const isMask = role === 'mask'
    return (role === 'pairs' ? runsOf(operation.packing!) : [undefined]).map(run => {
      // Masks come last.
      const region = isOutput && !isMask ? regions.output++ : regions.input++
      return { bytes, isOutput, isMask, region, run }
    })
  })
  return {
    id: ++calls,
    kernel: kernelsFor(task)[0],
    format,
    length,
    tensors,
    parameters: Array.from({ length: MOST_PARAMETERS }, (_, i) => uniforms[i] ?? 0),
    slopes: channels && { values: channels.slopes, inner: channels.inner },
    isShared,
    done: 0,
  }
}

/** Returns the runs of gate and of up. */
function runsOf(packing: Packing): TensorBytes['run'][] {
  const length = runOf(packing)
  const [first, second] = [0, length].map(offset => ({ length, offset }))
  return packing.order === 'gate-up' ? [first, second] : [second, first]
}

/**
 * Returns the exports that a task needs, its kernel first. 16-bit formats use the float32 kernel between unpack and
 * pack.
 */
export function kernelsFor({ activation, operation, format }: Task): [kernel: string, ...others: string[]] {
  const { programName } = programOf(activation, format)
  const isHalf = format === 'f16' || format === 'bf16'
  const kernel = `${programName} ${operation.name}${format === 'i32' ? ' i32' : ''}`
  return isHalf ? [kernel, `unpack ${format}`, `pack ${format}`] : [kernel]
}
