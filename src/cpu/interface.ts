import type { Channels } from '../activations/support/activation.ts'
import type { Processor } from '../operations/task.ts'
import type { DestroyedError } from '../support/errors.ts'
import type { FloatArray, FloatFormat } from '../support/formats.ts'

/** The state of the CPU path. */
export interface CpuReport {
  /**
   * `'wasm'`: WebAssembly kernels with SIMD, with the error bounds of the GPU. `'javascript'`: mostly loops in float64.
   */
  readonly path: 'wasm' | 'javascript'
  /** The reason for the path, and for a missing or ended worker, and for a single one. */
  readonly reason: string
  /** True while workers compute long arrays. */
  readonly worker: boolean
  /** The number of threads that compute a long array: more than 1 where `worker` asks for them and threads can share memory. */
  readonly threads: number
  /**
   * The kernels that JavaScript computes although the path is WebAssembly, which has those of this library alone: of your own
   * definitions, by their references.
   */
  readonly inJavaScript: readonly string[]
}

/** The CPU of a dispatcher. */
export interface Cpu extends Processor {
  readonly report: CpuReport
  /** Loads what is not loaded yet; undefined where nothing is left to load. Never rejects. */
  ready?(): Promise<void> | undefined
  /** Allocates zeros, in WebAssembly memory where possible. @throws ActivationsError when memory runs out */
  allocate(length: number): Float32Array<ArrayBuffer>
  /** Sums up the gradient of slopes, one float64 for each, on the calling thread. */
  sumAlpha(channels: Channels, format: FloatFormat, x: FloatArray, dy: FloatArray): Float64Array<ArrayBuffer>
  /** Ends the workers, rejects their calls with the reason, and releases memory. */
  destroy(reason: DestroyedError): void
}
