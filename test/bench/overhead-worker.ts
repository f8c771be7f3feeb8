import { once } from 'node:events'
import { createRequire } from 'node:module'
import type * as tensorflow from '@tensorflow/tfjs-core'
import { openDawn } from '../tools/dawn-device.ts'
import { BufferUsage } from '../../src/gpu/device/constants.ts'
import { createKernels, leakyRelu, relu } from '../../src/index.ts'
import { stubPass } from '../support/stub-device.ts'
import { dawn, defineGlobals } from '../tools/lanes/dawn.ts'
import { addMisses } from './misses.ts'
import { BYTES, CALLS, type Cost, type Task, timeInTurns } from './overhead-tasks.ts'

export type OverheadAnswer =
  { readonly adapter: string; readonly costs: readonly Cost[] } | { readonly problem: string }

try {
  await once(process, 'message')
  process.send!(await measure())
} catch (error) {
  process.send!({ problem: error instanceof Error ? error.message : String(error) } satisfies OverheadAnswer)
}
process.exit()

async function measure(): Promise<OverheadAnswer> {
  const { device, description } = await openDawn('lavapipe')
  const tasks: Task[] = []
  addOurs(tasks, device)
  await addMisses(tasks, device)
  await addTensorFlow(tasks)
  return { adapter: description, costs: await timeInTurns(tasks) }
}

function addOurs(tasks: Task[], device: GPUDevice): void {
  const kernels = createKernels(device)
  const [x, y, dy, dx] = Array.from({ length: 4 }, () => ({
    buffer: device.createBuffer({ size: BYTES, usage: BufferUsage.STORAGE }),
  })) as [GPUBufferBinding, GPUBufferBinding, GPUBufferBinding, GPUBufferBinding]
  const activation = relu()
  const add = (name: string, record: (pass: GPUComputePassEncoder) => void): void => {
    const recordAll = (pass: GPUComputePassEncoder): void => {
      for (let i = 0; i < CALLS; i++) record(pass)
    }
    tasks.push({ name: `${name}, stub`, run: () => recordAll(stubPass) })
    tasks.push({
      name,
      run() {
        const encoder = device.createCommandEncoder()
        const pass = encoder.beginComputePass()
        recordAll(pass)
        pass.end()
        encoder.finish()
      },
    })
  }
  add('forward', pass => kernels.forward(pass, activation, { x, y }))
  add('backward', pass => kernels.backward(pass, activation, { x, dy, dx }))
  add('forward, relu() made for it', pass => kernels.forward(pass, relu(), { x, y }))
  add('forward, leakyRelu({ alpha }) made for it', pass => kernels.forward(pass, leakyRelu({ alpha: 0.2 }), { x, y }))
  tasks.push({
    name: 'forward, with a pass and a submission of its own',
    async run() {
      for (let i = 0; i < CALLS; i++) {
        const encoder = device.createCommandEncoder()
        const pass = encoder.beginComputePass()
        kernels.forward(pass, activation, { x, y })
        pass.end()
        device.queue.submit([encoder.finish()])
      }
      await device.queue.onSubmittedWorkDone()
    },
  })
}

/** An operation of TensorFlow.js on tensors that are there, with what it keeps for later. */
async function addTensorFlow(tasks: Task[]): Promise<void> {
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
  tasks.push({
    name: 'TensorFlow.js relu and dispose',
    async run() {
      for (let i = 0; i < CALLS; i++) tf.relu(x).dispose()
      const { queue } = (tf.backend() as unknown as { readonly device: GPUDevice }).device
      await queue.onSubmittedWorkDone()
    },
  })
}
