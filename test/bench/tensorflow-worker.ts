import { once } from 'node:events'
import { createRequire } from 'node:module'
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import type { GpuProcessor } from '../accuracy/processors.ts'
import { useActivations } from '../../src/tensorflow.ts'
import { openDawn } from '../tools/dawn-device.ts'
import type { Answer } from './rows.ts'
import { type Operation, OPERATIONS } from './tensorflow-operations.ts'

export interface Question {
  readonly operations: readonly string[]
  readonly processor: GpuProcessor
  readonly elements: number
  readonly runs: number
}

/** The cost of an operation, by TensorFlow.js and with the kernels of this library. */
export interface Row {
  readonly name: string
  /** Forward and gradient. */
  readonly dispatches: readonly [theirs: string, ours: string]
  readonly milliseconds: readonly [theirs: number, ours: number]
}

const CHANNELS = 64

// Gradients, which the package for Node leaves out. Node cannot import the module, whose imports name no files.
createRequire(import.meta.url)('@tensorflow/tfjs-core/dist/register_all_gradients')

const tell = (answer: Answer<Row>): void => void process.send!(answer)

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

async function measure(device: GPUDevice, { operations, elements, runs }: Question): Promise<void> {
  // TensorFlow.js looks for WebGPU there, and uses the device.
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { gpu: {} } })
  const backend = new WebGPUBackend(device, device.adapterInfo)
  tf.registerBackend('webgpu', () => backend)
  await tf.setBackend('webgpu')
  tf.env().set('WEBGPU_CPU_FORWARD', false)
  const shape = [Math.max(1, Math.floor(elements / CHANNELS)), Math.min(CHANNELS, elements)]
  const [x, dy] = [tf.randomNormal(shape), tf.randomNormal(shape)]
  const alpha = tf.tensor1d(Array.from({ length: shape[1]! }, () => 0.25))

  for (const name of operations) {
    const operation = OPERATIONS[name]!
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
