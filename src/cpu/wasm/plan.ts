import { severalChannels } from '../../activations/support/channels.ts'
import type { Elements, Format } from '../../support/formats.ts'
import type { Task } from '../../operations/task.ts'
import { bytesOf } from '../../support/bits.ts'

/** A kernel: `(vectors, an address for each tensor, parameters)`. What packs and unpacks has two tensors and no parameters. */
export type Kernel = (...given: number[]) => void

/** Kernels with the memory that they work in. Its first `SCRATCH_BYTES` are for what is copied in. */
export interface WasmInstance {
  readonly memory: Uint8Array
  readonly kernels: Readonly<Record<string, Kernel>>
}

/** One call of a kernel over whole tensors: plain data, which goes to a worker as it is. */
export interface WasmCall {
  /** Tells those in a worker apart. */
  readonly id: number
  /** The name that the module exports it by. */
  readonly kernel: string
  readonly format: Format
  /** How many elements the tensors have. */
  readonly length: number
  /** In the order of the kernel's arguments. */
  readonly tensors: readonly PlannedTensor[]
  readonly parameters: readonly number[]
  /** Element i of the tensors has the slope `values[floor(i / inner) % values.length]`. */
  readonly slopes: { readonly values: Float32Array; readonly inner: number } | undefined
  /** How many elements are computed already. */
  done: number
}

/** A tensor of a plan, as bytes. A result may have the very bytes of an input. */
interface PlannedTensor {
  readonly bytes: Uint8Array
  readonly isOutput: boolean
  /** One bit an element, in words of 32. */
  readonly isMask: boolean
  /** Which part of the scratch it takes: a result that of an input, which is less to keep in a processor's cache. */
  readonly region: number
}

/** What a worker has of itself. */
export interface WorkerScope {
  addEventListener(type: 'message', listener: (event: { readonly data: WasmCall | Setup }) => void): void
  addEventListener(type: 'messageerror', listener: () => void): void
  postMessage(message: unknown, transfer: ArrayBufferLike[]): void
}

/** What a worker is sent first. */
interface Setup {
  readonly module: WebAssembly.Module
  readonly pages: number
}

const MOST_PARAMETERS = 4
let plans = 0

/** Plans a task. @param results the arrays for its results, in their order */
export function wasmCallOf(task: Task, results: readonly (Elements | Uint32Array)[]): WasmCall {
  const { activation, operation, inputs, length, format } = task
  const outputs = results.values()
  const channels = severalChannels(activation)
  const regions = { input: 0, output: 0 }
  const tensors = operation.slots.map(({ name, role, isOutput }) => {
    const array = isOutput ? outputs.next().value! : inputs[name]!
    const isMask = role === 'mask'
    // Masks come last.
    const region = isOutput && !isMask ? regions.output++ : regions.input++
    return { bytes: bytesOf(array), isOutput, isMask, region }
  })
  return {
    id: ++plans,
    kernel: kernelsFor(task)[0],
    format,
    length,
    tensors,
    parameters: Array.from({ length: MOST_PARAMETERS }, (_, i) => activation.uniforms[i] ?? 0),
    slopes: channels && { values: channels.slopes, inner: channels.inner },
    done: 0,
  }
}

/** What the module has to export for a task: its kernel first. In 16 bits that is float32's, between unpacking and packing. */
export function kernelsFor({ activation, operation, format }: Task): [kernel: string, ...others: string[]] {
  const isHalf = format === 'f16' || format === 'bf16'
  const kernel = `${activation.program} ${operation.name}${format === 'i32' ? ' i32' : ''}`
  return isHalf ? [kernel, `unpack ${format}`, `pack ${format}`] : [kernel]
}
