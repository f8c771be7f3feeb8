// In a project of yours: from 'webgpu-activations'.
import { createDispatcher, createKernels, leakyRelu, relu } from '../../src/index.ts'
import { requestSharedDevice, storageBuffer } from './device.ts'

// The worker of worker.ts: a thread without window and document, which uses the dispatcher and the kernels.

/** The message of the worker. */
export interface WorkerAnswer {
  readonly hasWindow: boolean
  readonly processor: string
  /** The number of calls that the CPU answered instead. */
  readonly fallbacks: number
  readonly leakyRelu: Float32Array
  readonly gradient: Float32Array
  readonly relu: Float32Array
}

const x = Float32Array.of(-2, -0, 3, Infinity, NaN)

// 'auto' would leave so few numbers to the CPU.
const dispatcher = await createDispatcher({ processor: 'webgpu' })
const activation = leakyRelu({ alpha: 0.5 })

const answer: WorkerAnswer = {
  hasWindow: 'window' in globalThis,
  leakyRelu: await dispatcher.forward(activation, x),
  gradient: await dispatcher.backward(activation, x, Float32Array.of(1, 2, 3, 4, 5)),
  processor: dispatcher.report.processor,
  fallbacks: dispatcher.report.fallbacks,
  relu: await recordRelu(x),
}
dispatcher.destroy()
postMessage(answer)

/** relu by kernels on a device and an encoder of the worker's own, in place. */
async function recordRelu(values: Float32Array<ArrayBuffer>): Promise<Float32Array> {
  const device = await requestSharedDevice()
  const size = values.byteLength
  const buffer = storageBuffer(device, values)
  const readable = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  createKernels(device).forward(pass, relu(), { x: { buffer, size }, y: { buffer } })
  pass.end()
  encoder.copyBufferToBuffer(buffer, 0, readable, 0, size)
  device.queue.submit([encoder.finish()])
  await readable.mapAsync(GPUMapMode.READ)
  const result = new Float32Array(readable.getMappedRange().slice())
  device.destroy()
  return result
}
