import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { drawProblem } from '../../demo/lab/data.ts'
import { LabGpu } from '../../demo/lab/gpu/lab-gpu.ts'
import { GpuTrainer } from '../../demo/lab/gpu/trainer.ts'
import { CIRCLES } from '../../demo/lab/presets.ts'
import type { ActivationChoice, Setup } from '../../demo/lab/protocol.ts'
import { DispatcherTrainer } from '../../demo/lab/trainer.ts'
import { createDispatcher, type Dispatcher } from '../../src/index.ts'

// The networks of the lab on this lane's GPU, against those on the CPU.

let gpu: LabGpu
let dispatcher: Dispatcher
beforeAll(async () => {
  const opened = await LabGpu.open(true)
  if (typeof opened === 'string') throw new Error(opened)
  gpu = opened
  dispatcher = await createDispatcher({ processor: 'cpu' })
})
afterAll(() => {
  gpu.close()
  dispatcher.destroy()
})

const SETUP: Setup = { ...CIRCLES, data: { name: 'circles', rows: 64 }, width: 8, momentum: 0.9 }
const noDigits = () => Promise.reject(new Error('No digits are needed.'))

async function trainersOf(setup: Setup, choice: ActivationChoice) {
  const problem = await drawProblem(setup.data, setup.seed, noDigits)
  const onGpu = new GpuTrainer(setup, choice, problem, gpu, dispatcher)
  onTestFinished(() => onGpu.close())
  return { onGpu, onCpu: new DispatcherTrainer(setup, choice, problem, dispatcher) }
}

test.each(['relu', 'gelu', 'tanh'])('100 steps of %s', async name => {
  const { onGpu, onCpu } = await trainersOf(SETUP, { name })
  const lengths = Array.from({ length: 100 }, () => 1)
  let start = performance.now()
  const a = await onGpu.follow(lengths)
  console.log(name, performance.now() - start, gpu.failure)
  start = performance.now()
  const b = await onCpu.follow(lengths)
  console.log(name, performance.now() - start)
  console.log(a.points.slice(0, 3), b.points.slice(0, 3), a.steps, a.points.length, a.points.at(-1), b.points.at(-1))
})
