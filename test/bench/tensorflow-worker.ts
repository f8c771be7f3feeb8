import { once } from 'node:events'
import { createRequire } from 'node:module'
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import type { GpuProcessor } from '../accuracy/processors.ts'
import { gelu, hardSwish, mish, silu, swiglu } from '../../src/index.ts'
import { activate, useActivations } from '../../src/tensorflow.ts'
import { openDawn } from '../tools/dawn-device.ts'

export interface Question {
  readonly processor: GpuProcessor
  readonly elements: number
  readonly runs: number
}

/** What an operation takes, by TensorFlow.js and with the kernels of this library. */
export interface Row {
  readonly name: string
  /** Forward and gradient. */
  readonly dispatches: readonly [theirs: string, ours: string]
  readonly milliseconds: readonly [theirs: number, ours: number]
}

export type Answer = { readonly adapter: string } | { readonly row: Row } | { readonly problem: string }

type Operation = (x: tf.Tensor, alpha: tf.Tensor) => tf.Tensor

const CHANNELS = 64

// Gradients, which the package for Node leaves out. Node cannot import the module, whose imports name no files.
createRequire(import.meta.url)('@tensorflow/tfjs-core/dist/register_all_gradients')

const OPERATIONS: Readonly<Record<string, Operation>> = {
  relu: tf.relu,
  relu6: tf.relu6,
  leakyRelu: x => tf.leakyRelu(x, 0.2),
  prelu: (x, alpha) => tf.prelu(x, alpha),
  elu: tf.elu,
  selu: tf.selu,
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  softplus: tf.softplus,
  gelu: x => activate(tf, gelu(), x),
  'gelu, tanh': x => activate(tf, gelu({ approximate: 'tanh' }), x),
  silu: x => activate(tf, silu(), x),
  mish: x => activate(tf, mish(), x),
  hardSwish: x => activate(tf, hardSwish(), x),
  'swiglu of x and x': x => activate(tf, swiglu(), x, x),
}

const tell = (answer: Answer): void => void process.send!(answer)

try {
  const [question] = (await once(process, 'message')) as [Question]
  const { device, description } = await openDawn(question.processor)
  tell({ adapter: description })
  await measure(device, question)
  device.destroy()
} catch (error) {
  tell({ problem: error instanceof Error ? error.message : String(error) })
}
process.disconnect()

async function measure(device: GPUDevice, { elements, runs }: Question): Promise<void> {
  // TensorFlow.js looks for WebGPU there, and uses the device.
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { gpu: {} } })
  const backend = new WebGPUBackend(device, device.adapterInfo)
  tf.registerBackend('webgpu', () => backend)
  await tf.setBackend('webgpu')
  tf.env().set('WEBGPU_CPU_FORWARD', false)
  const shape = [Math.max(1, Math.floor(elements / CHANNELS)), Math.min(CHANNELS, elements)]
  const [x, dy] = [tf.randomNormal(shape), tf.randomNormal(shape)]
  const alpha = tf.tensor1d(Array.from({ length: shape[1]! }, () => 0.25))

  for (const [name, operation] of Object.entries(OPERATIONS)) {
    const dispatches: string[] = []
    const times: [number[], number[]] = [[], []]
    // The first run compiles.
    for (let i = 0; i <= runs; i++) {
      for (const [j, install] of [() => () => {}, () => useActivations(tf)].entries()) {
        const restore = install()
        if (i === 0) {
          const forward = countOf(backend, () => operation(x, alpha))
          const all = countOf(backend, () => gradientsOf(name, operation, [x, alpha], dy))
          dispatches.push(`${forward} + ${all - forward}`)
          submit(backend)
          await device.queue.onSubmittedWorkDone()
        } else {
          const start = performance.now()
          tf.tidy(() => void gradientsOf(name, operation, [x, alpha], dy))
          submit(backend)
          await device.queue.onSubmittedWorkDone()
          times[j]!.push(performance.now() - start)
        }
        restore()
      }
    }
    const [theirs, ours] = times.map(medianOf)
    tell({ row: { name, dispatches: dispatches as [string, string], milliseconds: [theirs!, ours!] } })
  }
}

function gradientsOf(name: string, operation: Operation, [x, alpha]: readonly [tf.Tensor, tf.Tensor], dy: tf.Tensor) {
  if (name === 'prelu') return tf.valueAndGrads((a, b) => operation(a, b))([x, alpha], dy)
  return tf.valueAndGrad((given: tf.Tensor) => operation(given, alpha))(x, dy)
}

function submit(backend: WebGPUBackend): void {
  backend.ensureCommandEncoderReady()
  backend.endComputePassEncoder()
  backend.submitQueue()
}

function countOf(backend: WebGPUBackend, compute: () => unknown): number {
  let count = 0
  const run = backend.runWebGPUProgram.bind(backend)
  backend.runWebGPUProgram = (...given) => {
    count++
    return run(...given)
  }
  tf.tidy(() => void compute())
  Reflect.deleteProperty(backend, 'runWebGPUProgram')
  return count
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}
