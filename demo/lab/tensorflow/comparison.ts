import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
// The module registers the gradients.
// oxlint-disable-next-line import/no-unassigned-import
import '@tensorflow/tfjs-core/dist/register_all_gradients'
import { useActivations } from '../../../src/tensorflow.ts'
import { requestSharedDevice } from '../../examples/device.ts'
import type { Dataset } from '../dataset.ts'
import { type Digits, drawDigits } from '../digits.ts'
import { Network, tensorsOf } from './network.ts'
import type { ComparisonSetup, ComparisonStep, NetworkStep } from './protocol.ts'
import { countWork, type Work } from './work.ts'

/** The digits of a step. */
const BATCH = 8

/** TensorFlow.js on a WebGPU backend of its own. */
export class TensorFlow {
  readonly version = tf.version_core
  readonly #takeWork: () => Work

  private constructor(takeWork: () => Work) {
    this.#takeWork = takeWork
  }

  /** @throws Error (by rejection) where WebGPU has no device */
  static async open(): Promise<TensorFlow> {
    const device = await requestSharedDevice()
    const backend = new WebGPUBackend(device, device.adapterInfo)
    // The package has registered a backend with a device of its own.
    if (tf.findBackendFactory('webgpu') !== null) tf.removeBackend('webgpu')
    tf.registerBackend('webgpu', () => backend)
    await tf.setBackend('webgpu')
    // Without this it computes small tensors in JavaScript.
    tf.env().set('WEBGPU_CPU_FORWARD', false)
    return new TensorFlow(countWork(backend))
  }

  /** Trains a network for a step, and reads the loss. */
  async train(network: Network, values: Float32Array, labels: Uint8Array): Promise<NetworkStep> {
    this.#takeWork()
    const start = performance.now()
    const loss = tf.tidy(() => {
      const digits = tensorsOf(values, labels)
      return network.train(digits.pixels, digits.labels)
    })
    const [value] = await loss.data()
    loss.dispose()
    return { ...this.#takeWork(), loss: value!, seconds: (performance.now() - start) / 1000 }
  }
}

/** Two networks that start from the same weights and train on the same digits: one with this library, one without. */
export class Comparison {
  readonly #tensorflow: TensorFlow
  readonly #digits: Dataset
  readonly #without: Network
  readonly #with: Network
  readonly #steps: number
  #step = 0

  constructor(tensorflow: TensorFlow, digits: Digits, { activation, seed, steps }: ComparisonSetup) {
    this.#tensorflow = tensorflow
    this.#digits = drawDigits(digits, BATCH * steps, seed)
    this.#without = new Network(activation, seed)
    this.#with = new Network(activation, seed)
    this.#steps = steps
  }

  get isAtEnd(): boolean {
    return this.#step >= this.#steps
  }

  /** Trains both for a step. Each is first in every other step: their times have the same share of what else goes on. */
  async step(): Promise<ComparisonStep> {
    const isFirst = this.#step % 2 === 1
    const before = isFirst ? await this.#trainOurs() : undefined
    const without = await this.#train(this.#without)
    const ours = before ?? (await this.#trainOurs())
    this.#step++
    return { without, with: ours }
  }

  dispose(): void {
    this.#without.dispose()
    this.#with.dispose()
  }

  async #trainOurs(): Promise<NetworkStep> {
    const restore = useActivations(tf)
    try {
      return await this.#train(this.#with)
    } finally {
      restore()
    }
  }

  #train(network: Network): Promise<NetworkStep> {
    const { values, labels, features } = this.#digits
    const first = this.#step * BATCH
    return this.#tensorflow.train(
      network,
      values.subarray(first * features, (first + BATCH) * features),
      labels.subarray(first, first + BATCH),
    )
  }
}
