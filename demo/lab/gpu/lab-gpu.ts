// In your project: from 'webgpu-activations' and 'webgpu-activations/diagnostics'.
import { createDiagnostics, type Diagnostics } from '../../../src/diagnostics.ts'
import { type AdapterDescription, createKernels, type Kernels } from '../../../src/index.ts'
import { messageOf } from '../../support/format.ts'
import { within } from '../../support/pause.ts'
import type { ProcessorReport } from '../protocol.ts'
import { Programs } from './programs.ts'
import type { TrainingDevice } from './training.ts'

const SECONDS_TO_OPEN = 30
/** Calls take about a tenth of a second on a GPU. The first one takes longer, and so do those on a software adapter. */
const SECONDS_TO_ANSWER = 20
const MILLISECONDS_TO_LOSE = 100
const FILTERS = ['internal', 'out-of-memory', 'validation'] as const

/** Describes an adapter by its names. */
export function describeAdapter({
  vendor,
  architecture,
  description,
  isFallbackAdapter,
}: Omit<AdapterDescription, 'device'>): NonNullable<ProcessorReport['adapter']> {
  const names = [vendor, architecture, description].filter(name => name !== '')
  return { description: names.join(' ') || 'unnamed', software: isFallbackAdapter }
}

/** The GPU that trains networks, until it fails: then its user goes on on the CPU. */
export class LabGpu implements TrainingDevice {
  readonly device: GPUDevice
  readonly kernels: Kernels
  readonly diagnostics: Diagnostics
  readonly programs: Programs
  readonly adapter: NonNullable<ProcessorReport['adapter']>
  #failure: string | undefined

  private constructor(device: GPUDevice, programs: Programs, adapter: NonNullable<ProcessorReport['adapter']>) {
    this.device = device
    // Tensors of some thousand elements gain nothing from being tuned.
    this.kernels = createKernels(device, { tune: false })
    this.diagnostics = createDiagnostics(device)
    this.programs = programs
    this.adapter = adapter
    void device.lost.then(({ message }) => (this.#failure ??= sentence('The device was lost', message)))
  }

  /**
   * Opens a GPU. Never rejects.
   *
   * @param takesSoftware whether a software adapter will do, which is slower than the network on the CPU
   * @returns the GPU, or the reason for none as a sentence
   */
  static async open(takesSoftware: boolean): Promise<LabGpu | string> {
    const opening = LabGpu.#open(takesSoftware).catch((error: unknown) => `WebGPU gave no device: ${messageOf(error)}`)
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<string>(resolve => {
      timer = setTimeout(() => {
        resolve(`WebGPU gave no device within ${SECONDS_TO_OPEN} seconds.`)
        void opening.then(opened => typeof opened !== 'string' && opened.close())
      }, 1000 * SECONDS_TO_OPEN)
    })
    const opened = await Promise.race([opening, late])
    clearTimeout(timer)
    return opened
  }

  static async #open(takesSoftware: boolean): Promise<LabGpu | string> {
    const gpu: GPU | undefined = (globalThis as { navigator?: Partial<Navigator> }).navigator?.gpu
    if (gpu === undefined) return 'There is no WebGPU here.'
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
    if (adapter === null) return 'WebGPU found no adapter.'
    const { isFallbackAdapter: onAdapter } = adapter as { isFallbackAdapter?: boolean }
    const described = describeAdapter({
      vendor: adapter.info.vendor,
      architecture: adapter.info.architecture,
      description: adapter.info.description,
      // Some browsers have it on the adapter.
      isFallbackAdapter: adapter.info.isFallbackAdapter ?? onAdapter ?? false,
    })
    const { description, software } = described
    if (software && !takesSoftware) return `The adapter (${description}) is software, which is slower.`
    const device = await adapter.requestDevice({ label: 'lab' })
    try {
      return new LabGpu(device, await Programs.compile(device), described)
    } catch (error) {
      device.destroy()
      throw error
    }
  }

  /** The reason why it computes no more, as a sentence; undefined while it does. */
  get failure(): string | undefined {
    return this.#failure
  }

  /**
   * Does work on the device. Rejects, too, where the device refuses what `work` asked for before it first waited, and where it does
   * not answer in time.
   */
  async checked<Result>(work: () => Promise<Result>): Promise<Result> {
    const { device } = this
    for (const filter of FILTERS) device.pushErrorScope(filter)
    // A function of its own, so that an error thrown at once ends the scopes, too.
    const working = (async () => work())()
    const errors = Promise.all(FILTERS.map(() => device.popErrorScope()))
    const answer = Promise.all([working, errors])
    const [result, found] = await within(SECONDS_TO_ANSWER, answer, 'the device did not answer')
    const error = found.find(one => one !== null)
    if (error) throw new Error(error.message)
    return result
  }

  /** Computes no more after an error. A lost device is the reason where it is lost. */
  async fail(cause: unknown): Promise<void> {
    // Calls of a lost device may reject before it says that it is lost.
    const late = new Promise(resolve => setTimeout(resolve, MILLISECONDS_TO_LOSE))
    await Promise.race([this.device.lost, late])
    this.#failure ??= sentence('The GPU failed', messageOf(cause))
  }

  close(): void {
    this.device.destroy()
  }
}

function sentence(what: string, why: string): string {
  const both = why === '' ? what : `${what}: ${why.trim()}`
  return both.replace(/\.?$/, '.')
}
