import { once } from 'node:events'
import { createRequire } from 'node:module'
import { Bench } from 'tinybench'
import type * as tensorflow from '@tensorflow/tfjs-core'
import { openDawn } from '../tools/dawn-device.ts'
import { BufferUsage } from '../../src/gpu/device/constants.ts'
import { createKernels, leakyRelu, relu } from '../../src/index.ts'
import { dawn, defineGlobals } from '../tools/lanes/dawn.ts'

/** The duration of a call: the median and the 99th percentile. */
interface Cost {
  readonly name: string
  readonly microseconds: number
  readonly p99: number
}

export type OverheadAnswer =
  { readonly adapter: string; readonly costs: readonly Cost[] } | { readonly problem: string }

// So many calls in a pass: a clock ticks too seldom for one, and a pass that grows without end fills the memory.
const CALLS = 500
const BYTES = 4096
const MILLISECONDS = 1500

try {
  await once(process, 'message')
  process.send!(await measure())
} catch (error) {
  process.send!({ problem: error instanceof Error ? error.message : String(error) } satisfies OverheadAnswer)
}
process.exit()

async function measure(): Promise<OverheadAnswer> {
  const { device, description } = await openDawn('lavapipe')
  const bench = new Bench({ time: MILLISECONDS, warmupTime: MILLISECONDS / 3 })
  addOurs(bench, device)
  await addTensorFlow(bench)
  await bench.run()
  const costs = bench.tasks.map(({ name, result }): Cost => {
    if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`)
    const { p50, p99 } = result.latency
    return { name, microseconds: (p50 * 1000) / CALLS, p99: (p99 * 1000) / CALLS }
  })
  return { adapter: description, costs }
}

function addOurs(bench: Bench, device: GPUDevice): void {
  const kernels = createKernels(device)
  const [x, y, dy, dx] = Array.from({ length: 4 }, () => ({
    buffer: device.createBuffer({ size: BYTES, usage: BufferUsage.STORAGE }),
  })) as [GPUBufferBinding, GPUBufferBinding, GPUBufferBinding, GPUBufferBinding]
  const nothing = (): void => undefined
  const stub = { setPipeline: nothing, setBindGroup: nothing, dispatchWorkgroups: nothing } as never
  const activation = relu()
  const add = (name: string, record: (pass: GPUComputePassEncoder) => void): void => {
    bench.add(`${name}, stub`, () => {
      for (let i = 0; i < CALLS; i++) record(stub)
    })
    bench.add(name, () => {
      const encoder = device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      for (let i = 0; i < CALLS; i++) record(pass)
      pass.end()
      encoder.finish()
    })
  }
  add('forward', pass => kernels.forward(pass, activation, { x, y }))
  add('backward', pass => kernels.backward(pass, activation, { x, dy, dx }))
  add('forward, relu() made for it', pass => kernels.forward(pass, relu(), { x, y }))
  add('forward, leakyRelu({ alpha }) made for it', pass => kernels.forward(pass, leakyRelu({ alpha: 0.2 }), { x, y }))
  bench.add('forward, with a pass and a submission of its own', async () => {
    for (let i = 0; i < CALLS; i++) {
      const encoder = device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      kernels.forward(pass, activation, { x, y })
      pass.end()
      device.queue.submit([encoder.finish()])
    }
    await device.queue.onSubmittedWorkDone()
  })
}

/** An operation of TensorFlow.js on tensors that are there, with what it keeps for later. */
async function addTensorFlow(bench: Bench): Promise<void> {
  defineGlobals()
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: dawn(), userAgent: '' }, configurable: true })
  // Its modules for bundlers import folders, which Node does not; those for Node are of CommonJS.
  const require = createRequire(import.meta.url)
  const tf = require('@tensorflow/tfjs-core') as typeof tensorflow
  // It registers itself.
  // oxlint-disable-next-line import/no-unassigned-import
  require('@tensorflow/tfjs-backend-webgpu')
  if (!(await tf.setBackend('webgpu'))) throw new Error('TensorFlow.js has no WebGPU here.')
  await tf.ready()
  // Else small tensors are computed in JavaScript.
  tf.env().set('WEBGPU_CPU_FORWARD', false)
  const x = tf.ones([BYTES / 4])
  bench.add('TensorFlow.js relu and dispose', async () => {
    for (let i = 0; i < CALLS; i++) tf.relu(x).dispose()
    const { queue } = (tf.backend() as unknown as { readonly device: GPUDevice }).device
    await queue.onSubmittedWorkDone()
  })
}
