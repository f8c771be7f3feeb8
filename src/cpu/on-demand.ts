import type { Channels } from '../activations/support/activation.ts'
import type { Results, Task } from '../operations/task.ts'
import type { Deadline } from '../support/deadlines.ts'
import type { DestroyedError } from '../support/errors.ts'
import type { FloatArray, FloatFormat } from '../support/formats.ts'
import type { Cpu, CpuReport } from './interface.ts'
import { JavaScriptCpu } from './javascript-cpu.ts'

/** A CPU whose code is loaded when it is first needed, which may be never. */
export class OnDemandCpu implements Cpu {
  readonly #create: () => Promise<Cpu>
  #cpu: Cpu = new JavaScriptCpu('The GPU was asked for. WebAssembly is loaded when the CPU has to compute.')
  #loading: Promise<void> | undefined
  #isLoaded = false
  #destroyed: DestroyedError | undefined

  /** @param create creates the CPU, and never rejects */
  constructor(create: () => Promise<Cpu>) {
    this.#create = create
  }

  ready(): Promise<void> | undefined {
    if (this.#isLoaded) return undefined
    return (this.#loading ??= this.#load())
  }

  async #load(): Promise<void> {
    this.#cpu = await this.#create()
    this.#isLoaded = true
    if (this.#destroyed !== undefined) this.#cpu.destroy(this.#destroyed)
  }

  get report(): CpuReport {
    return this.#cpu.report
  }

  allocate(length: number): Float32Array<ArrayBuffer> {
    return this.#cpu.allocate(length)
  }

  compute(task: Task, deadline: Deadline): Results | Promise<Results> {
    return this.#cpu.compute(task, deadline)
  }

  sumAlpha(channels: Channels, format: FloatFormat, x: FloatArray, dy: FloatArray): Float64Array<ArrayBuffer> {
    return this.#cpu.sumAlpha(channels, format, x, dy)
  }

  destroy(reason: DestroyedError): void {
    this.#destroyed = reason
    this.#cpu.destroy(reason)
  }
}
