import { createDispatcher, type Dispatcher } from '../../../src/index.ts'
import type { Problem } from '../dataset.ts'
import { describeAdapter, LabGpu } from '../gpu/lab-gpu.ts'
import { GpuTrainer, reasonForCpu } from '../gpu/trainer.ts'
import type { ProcessorChoice, ProcessorReport } from '../protocol.ts'
import type { Setup } from '../training-setup.ts'
import type { MakeTrainer } from '../run.ts'
import { DispatcherTrainer } from '../trainer.ts'

const RECORDED = 'Whole steps are recorded on the GPU, ten a submission.'
const GOES_ON = 'Training goes on from the state that was read last.'

/** Chooses the processor that trains networks, a GPU or the CPU, and describes the choice. */
export class LabProcessor {
  readonly choice: ProcessorChoice
  /** Computes the activations of networks on the CPU; with `webgpu`, on the GPU. */
  readonly #dispatcher: Dispatcher
  /** For what networks on the GPU leave to the CPU. */
  readonly #cpu: Dispatcher
  /** The GPU, or the reason for none. */
  readonly #gpu: LabGpu | string
  /** Why networks are trained on the CPU; undefined where the GPU trains them. */
  #reason: string | undefined
  #said: ProcessorReport['processor']
  #fallbacks = 0

  private constructor(choice: ProcessorChoice, gpu: LabGpu | string, cpu: Dispatcher, dispatcher: Dispatcher) {
    this.choice = choice
    this.#dispatcher = dispatcher
    this.#cpu = cpu
    this.#gpu = gpu
    this.#said = this.#now().processor
  }

  /** @throws UnavailableError (by rejection) for `webgpu` where there is none */
  static async open(choice: ProcessorChoice): Promise<LabProcessor> {
    const cpu = await createDispatcher({ processor: 'cpu' })
    const gpu = choice === 'cpu' ? cpu.report.reason : await LabGpu.open(choice === 'webgpu')
    // A layer has some thousand elements: a dispatcher with `auto` leaves them to the CPU, too.
    if (choice !== 'webgpu') return new LabProcessor(choice, gpu, cpu, cpu)
    const adopted = typeof gpu === 'string' ? {} : { device: gpu.device }
    return new LabProcessor(choice, gpu, cpu, await createDispatcher({ processor: 'webgpu', ...adopted }))
  }

  /** False where its device is lost: another one may be had. */
  get isUsable(): boolean {
    return typeof this.#gpu === 'string' || this.#gpu.failure === undefined
  }

  /** Makes the trainers of a setup, all for one processor. */
  trainersOf(setup: Setup, problem: Problem): MakeTrainer {
    const gpu = this.#gpu
    this.#reason = typeof gpu === 'string' ? gpu : reasonForCpu(setup)
    if (typeof gpu === 'string' || this.#reason !== undefined) {
      return choice => new DispatcherTrainer(setup, choice, problem, this.#dispatcher)
    }
    return choice => new GpuTrainer(setup, choice, problem, gpu, this.#cpu)
  }

  /** The dispatcher of claims, which networks on the CPU measure. */
  dispatcherOfClaims(): Dispatcher {
    this.#reason = 'Claims are measured by networks on the CPU.'
    return this.#dispatcher
  }

  /** Describes the trainers made last. */
  report(): ProcessorReport {
    const { processor, reason, adapter } = this.#now()
    this.#said = processor
    return { processor, reason, adapter }
  }

  /** Describes the processor if it is another than the one described last; otherwise undefined. */
  takeNotice(): ProcessorReport | undefined {
    const now = this.#now()
    this.#fallbacks = this.#dispatcher.report.fallbacks
    if (now.processor === this.#said) return undefined
    this.#said = now.processor
    return now
  }

  close(): void {
    this.#cpu.destroy()
    this.#dispatcher.destroy()
    if (typeof this.#gpu !== 'string') this.#gpu.close()
  }

  #now(): ProcessorReport {
    const gpu = this.#gpu
    const onCpu = (reason: string): ProcessorReport => ({ processor: 'cpu', reason, adapter: null })
    if (typeof gpu !== 'string') {
      if (gpu.failure !== undefined) return onCpu(`${gpu.failure} ${GOES_ON}`)
      if (this.#reason === undefined) return { processor: 'webgpu', reason: RECORDED, adapter: gpu.adapter }
    }
    // Of a network on the CPU, the dispatcher may compute activations on a GPU.
    const why = typeof gpu === 'string' ? gpu : this.#reason!
    const { processor, reason, adapter, fallbacks } = this.#dispatcher.report
    if (processor === 'cpu') return onCpu(why)
    if (fallbacks > this.#fallbacks) return onCpu(reason)
    return {
      processor,
      reason: `${why} Only activations are computed on the GPU.`,
      adapter: adapter && describeAdapter(adapter),
    }
  }
}
