import type { Activation, Kernels } from '../../../src/index.ts'
import type { Diagnostics } from '../../../src/diagnostics.ts'
import type { Draw } from '../batches.ts'
import type { Dataset, Problem } from '../dataset.ts'
import type { Score } from '../loss.ts'
import type { Network } from '../network.ts'
import { MOST_STRETCHES } from '../trainer.ts'
import { GpuNetwork } from './network.ts'
import { Buffers, type Programs, type Range, type Recording } from './programs.ts'

/** A device, and what records into its passes. */
export interface TrainingDevice {
  readonly device: GPUDevice
  readonly kernels: Kernels
  readonly diagnostics: Diagnostics
  readonly programs: Programs
}

/** The settings of training. */
export interface TrainingOptions {
  readonly optimiser: 'sgd' | 'adam'
  readonly rate: number
  readonly momentum: number
  readonly clip: number | null
  /** The examples of a step, at most all of them. */
  readonly batch: number
}

/** The result of a call's steps, and the network after them. */
export interface Trained {
  /** The number of steps, fewer where a loss was no number. */
  readonly steps: number
  /** The score of each set after each stretch of steps but the last. */
  readonly scores: readonly (readonly Score[])[]
  /** All parameters, in the places of the network. */
  readonly values: Float32Array
  /** The velocities of all parameters, or their means and then their means of squares, in the same places. */
  readonly memory: Float32Array
}

/** The steps that are submitted together. */
const STEPS_A_SUBMISSION = 10

// The words of Status in status.wgsl, and of Score in cross-entropy.wgsl.
const STATUS = { words: 7, steps: 1, norm: 6 } as const
const SCORE_WORDS = 2

/** A network in training on a GPU. Whole steps are recorded, ten a submission, and results are read once a call. */
export class GpuTraining {
  readonly network: GpuNetwork
  readonly #gpu: TrainingDevice
  readonly #options: TrainingOptions
  readonly #buffers: Buffers
  readonly #sets: readonly Dataset[]
  readonly #status: Range
  readonly #indices: Range
  readonly #scores: Range
  readonly #memory: Range
  readonly #staging: GPUBuffer
  readonly #step: readonly Recording[]
  readonly #score: readonly Recording[]

  /** @param start the network to train: dense layers, and activations without parameters */
  constructor(
    gpu: TrainingDevice,
    options: TrainingOptions,
    start: Network,
    activation: Activation,
    { training, test }: Problem,
  ) {
    const buffers = new Buffers(gpu.device)
    this.#gpu = gpu
    this.#options = options
    this.#buffers = buffers
    this.#sets = test === null ? [training] : [training, test]
    this.network = new GpuNetwork(start, activation, gpu, buffers)
    this.#status = buffers.words(STATUS.words)
    this.#indices = buffers.words(STEPS_A_SUBMISSION * options.batch)
    this.#scores = buffers.words(MOST_STRETCHES * this.#sets.length * SCORE_WORDS)
    this.#memory = buffers.words((options.optimiser === 'adam' ? 2 : 1) * this.network.words)
    this.#staging = buffers.staging(this.#results.reduce((bytes, { size }) => bytes + size, 0))
    const examples = this.#sets.map(({ values, labels }) => ({
      values: buffers.of(values),
      labels: buffers.of(Uint32Array.from(labels)),
    }))
    const noGradient = buffers.words(1)
    this.#score = examples.flatMap(({ values, labels }, i) => {
      const { rows } = this.#sets[i]!
      const tensors = this.network.sharedTensors(rows)
      return [
        ...this.network.forward(values, rows, tensors),
        this.#crossEntropy(labels, tensors.products.at(-1)!, noGradient, false),
      ]
    })
    this.#step = this.#recordStep(examples[0]!)
  }

  /** Compiles the activation. @throws GpuError where the device refuses it */
  async prepare(): Promise<void> {
    const { kernels } = this.#gpu
    const activations = [this.network.activation]
    await Promise.all([
      kernels.prepare(activations, { direction: 'forward', bias: true }),
      kernels.prepare(activations, { direction: 'backward', bias: true, dbias: true }),
    ])
  }

  /**
   * Trains stretches of steps, and scores the network after each but the last. Ends after a loss that is no number.
   *
   * @throws DOMException (by rejection) where the device is lost
   */
  async train(stretches: readonly (readonly Draw[])[]): Promise<Trained> {
    const { queue } = this.#gpu.device
    // The numbers of steps and of scores begin anew.
    queue.writeBuffer(this.#status.buffer, 0, new Uint32Array(3))
    let recordings: Recording[] = []
    let recorded = 0
    let submitted = 0
    for (const [i, draws] of stretches.entries()) {
      for (const draw of draws) {
        if (recorded === STEPS_A_SUBMISSION) {
          this.#submit(recordings)
          submitted += recorded
          // After a loss that is no number the kernels count no steps: examples are then read beyond the first ones, and not used.
          queue.writeBuffer(this.#status.buffer, 0, Uint32Array.of(submitted))
          recordings = []
          recorded = 0
        }
        if (draw !== null) queue.writeBuffer(this.#indices.buffer, recorded * draw.byteLength, draw)
        recordings.push(...this.#step)
        recorded++
      }
      if (i < stretches.length - 1) recordings.push(...this.#score)
    }
    this.#submit(recordings, encoder => {
      let offset = 0
      for (const { buffer, size } of this.#results) {
        encoder.copyBufferToBuffer(buffer, 0, this.#staging, offset, size)
        offset += size
      }
    })
    await this.#staging.mapAsync(GPUMapMode.READ)
    const bytes = this.#staging.getMappedRange().slice(0)
    this.#staging.unmap()
    return this.#read(bytes, stretches.length - 1)
  }

  /** Frees the buffers. */
  destroy(): void {
    this.#buffers.destroy()
  }

  #recordStep(examples: { readonly values: Range; readonly labels: Range }): Recording[] {
    const { network } = this
    const { diagnostics, programs } = this.#gpu
    const { batch, clip, momentum, optimiser, rate } = this.#options
    const { rows, features, classes } = this.#sets[0]!
    const isWhole = batch === rows
    const buffers = this.#buffers
    const taken = isWhole ? examples : { values: buffers.words(batch * features), labels: buffers.words(batch) }
    const gathered = [this.#status, this.#indices, examples.values, examples.labels, taken.values, taken.labels]
    const shape = Uint32Array.of(batch, features)
    const gather = (): Recording => programs.bind(buffers, 'gather', shape, gathered, batch * features)
    const tensors = network.tensors(batch)
    const logitGradient = buffers.words(batch * classes)
    const norm = { buffer: this.#status.buffer, offset: 4 * STATUS.norm, size: 4 }
    const clipping: Recording = pass => diagnostics.clipByGlobalNorm(pass, [network.gradients], clip!, { norm })
    const update = Float32Array.of(0, rate, momentum)
    new Uint32Array(update.buffer)[0] = network.words
    const updated = [this.#status, network.gradients, network.values, this.#memory]
    return [
      ...(isWhole ? [] : [gather()]),
      ...network.forward(taken.values, batch, tensors),
      this.#crossEntropy(taken.labels, tensors.products.at(-1)!, logitGradient, true),
      ...network.backward(taken.values, batch, tensors, logitGradient),
      ...(clip === null ? [] : [clipping]),
      programs.bind(buffers, optimiser, update, updated, network.words),
    ]
  }

  #crossEntropy(labels: Range, logits: Range, gradient: Range, trains: boolean): Recording {
    const { classes } = this.#sets[0]!
    const rows = labels.size / 4
    const shape = Uint32Array.of(rows, classes, Number(trains))
    const ranges = [this.#status, labels, logits, this.network.outputBias, gradient, this.#scores]
    return this.#gpu.programs.bind(this.#buffers, 'cross-entropy', shape, ranges, 1)
  }

  #submit(recordings: readonly Recording[], after?: (encoder: GPUCommandEncoder) => void): void {
    const { device } = this.#gpu
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    for (const record of recordings) record(pass)
    pass.end()
    after?.(encoder)
    device.queue.submit([encoder.finish()])
  }

  /** The results that a call reads back. */
  get #results(): readonly Range[] {
    return [this.#status, this.#scores, this.network.values, this.#memory]
  }

  #read(bytes: ArrayBuffer, stretches: number): Trained {
    let start = 0
    const [status, scores, values, memory] = this.#results.map(({ size }) => {
      start += size
      return new Float32Array(bytes, start - size, size / 4)
    }) as [Float32Array, Float32Array, Float32Array, Float32Array]
    const scoreOf = (i: number): Score => ({ loss: scores[SCORE_WORDS * i]!, accuracy: scores[SCORE_WORDS * i + 1]! })
    const sets = this.#sets.length
    return {
      steps: new Uint32Array(bytes, status.byteOffset, STATUS.words)[STATUS.steps]!,
      scores: Array.from({ length: stretches }, (_, i) => this.#sets.map((__, set) => scoreOf(sets * i + set))),
      values,
      memory,
    }
  }
}
