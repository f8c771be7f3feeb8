import { once } from 'node:events'
import { openDawn } from '../accuracy/dawn.ts'
import type { GpuProcessor } from '../accuracy/processors.ts'
import { idOf, make, type Subject } from '../accuracy/subjects.ts'
import { normalValues } from '../demo/input/normal.ts'
import { createCopy } from '../demo/measure/copy.ts'
import { isGated } from '../src/activations/gated.ts'
import { BufferUsage } from '../src/gpu/constants.ts'
import { createKernels, type Direction } from '../src/index.ts'

/** What the process is asked for, once. */
export interface Question {
  readonly processor: GpuProcessor
  readonly subjects: readonly Subject[]
  /** A multiple of 4. */
  readonly elements: number
  readonly runs: number
}

export interface Timing {
  readonly name: string
  readonly direction: Direction
  readonly medianMs: number
  readonly p5Ms: number
  readonly p95Ms: number
}

export type Answer =
  { readonly description: string; readonly timings: readonly Timing[] } | { readonly problem: string }

interface Kernel {
  readonly name: string
  readonly direction: Direction
  readonly record: (pass: GPUComputePassEncoder) => void
  readonly times: number[]
}

const WARM_UP = 3

try {
  const [question] = (await once(process, 'message')) as [Question]
  process.send!(await measure(question))
} catch (error) {
  process.send!({ problem: error instanceof Error ? error.message : String(error) } satisfies Answer)
}
process.disconnect()

async function measure({ processor, subjects, elements, runs }: Question): Promise<Answer> {
  const { device, description } = await openDawn(processor)
  const kernels = await prepare(device, subjects, elements)
  // Run by run, so that whatever else the machine does falls on all alike.
  for (let run = 0; run < WARM_UP + runs; run++) {
    for (const { record, times } of kernels) {
      const encoder = device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      record(pass)
      pass.end()
      const commands = encoder.finish()
      const start = performance.now()
      device.queue.submit([commands])
      await device.queue.onSubmittedWorkDone()
      if (run >= WARM_UP) times.push(performance.now() - start)
    }
  }
  device.destroy()
  const timings = kernels.map(({ name, direction, times }) => {
    const sorted = times.toSorted((a, b) => a - b)
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
    return { name, direction, medianMs: at(0.5), p5Ms: at(0.05), p95Ms: at(0.95) }
  })
  return { description, timings }
}

async function prepare(device: GPUDevice, subjects: readonly Subject[], elements: number): Promise<Kernel[]> {
  const made = subjects.map(make)
  const kernels = createKernels(device)
  await kernels.prepare(made)
  const inputs = await Promise.all([1, 2, 3].map(seed => normalTensor(device, elements, seed)))
  const [first, second, third] = inputs.map(buffer => ({ buffer })) as [Binding, Binding, Binding]
  const results = [1, 2].map(() => device.createBuffer({ size: elements * 4, usage: BufferUsage.STORAGE }))
  const [result, other] = results.map(buffer => ({ buffer })) as [Binding, Binding]
  const copy = (await createCopy(device))(first.buffer, result.buffer, elements * 4)
  const all: Kernel[] = [{ name: 'copy', direction: 'forward', record: copy, times: [] }]
  for (const [i, activation] of made.entries()) {
    const name = idOf(subjects[i]!)
    const add = (direction: Direction, record: Kernel['record']) => all.push({ name, direction, record, times: [] })
    if (isGated(activation)) {
      const pair = { gate: first, up: second }
      add('forward', pass => kernels.forward(pass, activation, { ...pair, y: result }))
      add('backward', pass => kernels.backward(pass, activation, { ...pair, dy: third, dGate: result, dUp: other }))
    } else {
      add('forward', pass => kernels.forward(pass, activation, { x: first, y: result }))
      add('backward', pass => kernels.backward(pass, activation, { x: first, dy: second, dx: result }))
    }
  }
  return all
}

interface Binding {
  readonly buffer: GPUBuffer
}

async function normalTensor(device: GPUDevice, elements: number, seed: number): Promise<GPUBuffer> {
  const buffer = device.createBuffer({ size: elements * 4, usage: BufferUsage.STORAGE | BufferUsage.COPY_DST })
  device.queue.writeBuffer(buffer, 0, await normalValues(seed, elements))
  return buffer
}
