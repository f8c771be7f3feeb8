import type { Channels } from '../activations/support/activation.ts'
import { allocate } from '../operations/layout.ts'
import type { Results, Task } from '../operations/task.ts'
import { sumAlphaOnCpu } from '../reference/alpha-sums.ts'
import { computeInJavaScript } from '../reference/compute.ts'
import { asFloat32, type FloatArray, type FloatFormat } from '../support/formats.ts'
import type { Cpu, CpuReport } from './interface.ts'

/** The CPU without WebAssembly. */
export class JavaScriptCpu implements Cpu {
  readonly report: CpuReport

  /** @param reason the reason why there is no WebAssembly */
  constructor(reason: string) {
    this.report = { path: 'javascript', reason, worker: false, threads: 1, inJavaScript: [] }
  }

  allocate(length: number): Float32Array<ArrayBuffer> {
    return allocate(Float32Array, length)
  }

  compute(task: Task): Results {
    return computeInJavaScript(task)
  }

  sumAlpha(channels: Channels, format: FloatFormat, x: FloatArray, dy: FloatArray): Float64Array<ArrayBuffer> {
    return sumAlphaOnCpu(channels, asFloat32(format, x), asFloat32(format, dy))
  }

  destroy(): void {}
}
