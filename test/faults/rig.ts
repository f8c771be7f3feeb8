import { createDispatcher, type Dispatcher, type DispatcherOptions } from '../../src/index.ts'
import { LimitClock } from './clock.ts'
import { FaultyGpu } from './faulty-gpu.ts'
import type { GpuProcessor } from './gpu-rows.ts'
import { until } from './guard.ts'
import { Events } from './outcome.ts'
import type { Trial } from './trials.ts'

let rigs = 0

/** A faulty GPU, and a dispatcher on it, which is created when it is asked for. */
export class Rig {
  readonly faulty: FaultyGpu
  readonly processor: GpuProcessor
  adopted: GPUDevice | undefined
  dispatcher: Dispatcher | undefined
  /** What has been called before. */
  readonly known = new Set<Trial>()
  events: Events | undefined
  /** How often a fault struck while the dispatcher was destroyed. */
  firedAtEnd = 0
  readonly #real: GPU

  constructor(real: GPU, processor: GpuProcessor, limits: Partial<Record<keyof GPUSupportedLimits, number>>) {
    this.#real = real
    this.processor = processor
    const isFallbackAdapter = processor === 'auto' ? false : undefined
    this.faulty = new FaultyGpu(real, { limits, isFallbackAdapter, description: `faulty ${++rigs}` })
  }

  /** @throws what `createDispatcher` does */
  async create(options: DispatcherOptions): Promise<Dispatcher> {
    if (this.processor === 'adopted device' && this.adopted === undefined) {
      const adapter = await this.#real.requestAdapter()
      this.adopted = this.faulty.watch(await adapter!.requestDevice())
    }
    const dispatcher = await createDispatcher({
      processor: this.processor === 'auto' ? 'auto' : 'webgpu',
      device: this.adopted,
      tune: false,
      timeLimit: LimitClock.limit,
      ...options,
    })
    this.dispatcher = dispatcher
    this.events = new Events(dispatcher)
    return dispatcher
  }

  /** Ends it all, and says what is left that should not be. */
  async close(): Promise<string[]> {
    const { faulty, dispatcher, adopted } = this
    const problems: string[] = []
    try {
      dispatcher?.destroy()
    } catch (error) {
      problems.push(`destroy() throws ${String(error)}`)
    }
    this.firedAtEnd = faulty.fired
    const own = adopted === undefined ? 0 : 1
    await until(() => this.#leftovers().length === 0 && faulty.devicesAlive <= own)
    problems.push(...this.#leftovers())
    if (faulty.devicesAlive > own) problems.push(`${faulty.devicesAlive - own} devices of the dispatcher's are alive`)
    faulty.disarm()
    adopted?.destroy()
    return problems
  }

  #leftovers(): string[] {
    const { buffersAlive, openScopes, pendingMaps, mistakes } = this.faulty
    const problems = [...mistakes]
    if (buffersAlive.length > 0) problems.push(`${buffersAlive.length} buffers are alive: ${buffersAlive[0]}`)
    if (openScopes > 0) problems.push(`${openScopes} error scopes are open`)
    if (pendingMaps > 0) problems.push(`${pendingMaps} maps are pending`)
    return problems
  }
}
