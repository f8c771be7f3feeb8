import { type Activation, createKernels, type Direction } from '../../src/index.ts'
import { failedRow, type Row, type Subject, timedRow } from '../rows.ts'
import { BitComparison, type Data, type Finding } from './check.ts'
import { createCopy } from './copy.ts'
import { type Gpu, messageOf, scoped } from './gpu.ts'
import { pause, Stopped } from './pause.ts'
import { calibrate, summarize } from './timing.ts'

const MOST_REPEATS = 2048
const WARM_UP_RUNS = 1
const PIECE = 2 ** 24

/** A kernel to measure: one of the library's, or the copy. */
export interface ResidentKernel {
  readonly subject: Subject
  /** Missing for the copy. */
  readonly activation?: Activation
  /** What it has to compute. */
  readonly expected: () => Promise<Float32Array>
}

interface Buffers {
  readonly x: GPUBuffer
  readonly dy: GPUBuffer
  readonly out: GPUBuffer
  /** For reading back, a piece at a time. */
  readonly staging: GPUBuffer
}

interface Contender extends ResidentKernel {
  readonly record: (pass: GPUComputePassEncoder) => void
  readonly milliseconds: number[]
  finding: Finding
}

/** The size of a buffer for so many elements: whole vectors of four float32. */
export function bufferBytes(elements: number): number {
  return Math.ceil(elements / 4) * 16
}

/**
 * Measures kernels over data that is already on the GPU. All are checked first; then they take turns, run by run, so that
 * whatever else the machine does meets all of them alike.
 */
export async function measureResident(
  gpu: Gpu,
  kernels: readonly ResidentKernel[],
  data: Data,
  runs: number,
  step: (text: string) => void,
  signal: AbortSignal,
): Promise<Row[]> {
  const { device } = gpu
  const made: GPUBuffer[] = []
  try {
    const buffers = await createBuffers(device, data, made)
    const copy = await createCopy(device)
    await createKernels(device).prepare(kernels.flatMap(({ activation }) => activation ?? []))

    const failed = new Map<ResidentKernel, Row>()
    const contenders: Contender[] = []
    for (const kernel of kernels) {
      step(`checking ${kernel.subject.activation} ${kernel.subject.direction}`)
      const size = data.x.byteLength
      const record =
        kernel.activation === undefined
          ? copy(buffers.x, buffers.out, bufferBytes(data.x.length))
          : recorder(device, kernel.activation, kernel.subject.direction, buffers, size)
      try {
        const finding = await check(gpu, record, buffers, await kernel.expected(), signal)
        if (finding.problem === undefined) contenders.push({ ...kernel, record, finding, milliseconds: [] })
        else failed.set(kernel, failedRow(kernel.subject, finding.problem, finding.check))
      } catch (error) {
        if (error instanceof Stopped) throw error
        failed.set(kernel, failedRow(kernel.subject, messageOf(error)))
      }
    }

    if (contenders.length > 0) await takeTurns(gpu, contenders, runs, step, signal)
    return kernels.map(kernel => {
      const contender = contenders.find(({ subject }) => subject === kernel.subject)
      if (contender === undefined) return failed.get(kernel)!
      return timedRow(kernel.subject, contender.finding.check, runs, summarize(contender.milliseconds))
    })
  } finally {
    for (const buffer of made) buffer.destroy()
  }
}

async function createBuffers(device: GPUDevice, { x, dy }: Data, made: GPUBuffer[]): Promise<Buffers> {
  const size = bufferBytes(x.length)
  const create = (label: string, bytes: number, usage: number): GPUBuffer => {
    const buffer = device.createBuffer({ label, size: bytes, usage })
    made.push(buffer)
    return buffer
  }
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
  return scoped(device, () => {
    const buffers = {
      x: create('x', size, usage),
      dy: create('dy', size, usage),
      out: create('out', size, usage),
      staging: create('staging', Math.min(size, PIECE), GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST),
    }
    for (const [buffer, values] of [[buffers.x, x] as const, [buffers.dy, dy] as const]) {
      for (let start = 0; start < values.length; start += PIECE / 4) {
        device.queue.writeBuffer(buffer, start * 4, values.subarray(start, start + PIECE / 4))
      }
    }
    return buffers
  })
}

function recorder(
  device: GPUDevice,
  activation: Activation,
  direction: Direction,
  { x, dy, out }: Buffers,
  size: number,
): (pass: GPUComputePassEncoder) => void {
  const kernels = createKernels(device)
  const at = (buffer: GPUBuffer): GPUBufferBinding => ({ buffer, size })
  return direction === 'forward'
    ? pass => kernels.forward(pass, activation, { x: at(x), y: at(out) })
    : pass => kernels.backward(pass, activation, { x: at(x), dy: at(dy), dx: at(out) })
}

async function check(
  gpu: Gpu,
  record: (pass: GPUComputePassEncoder) => void,
  { out, staging }: Buffers,
  expected: Float32Array,
  signal: AbortSignal,
): Promise<Finding> {
  const { device } = gpu
  // A kernel that writes nothing must not be taken for right because of what ran before it.
  const poison = new Uint32Array(Math.min(out.size, PIECE) / 4).fill(0xdeadbeef)
  await scoped(device, () => {
    for (let offset = 0; offset < out.size; offset += PIECE) {
      device.queue.writeBuffer(out, offset, poison, 0, Math.min(poison.length, (out.size - offset) / 4))
    }
    device.queue.submit([encode(device, record, 1)])
  })
  const comparison = new BitComparison(expected)
  const bytes = expected.byteLength
  for (let offset = 0; offset < bytes; offset += PIECE) {
    const size = Math.min(PIECE, bytes - offset)
    await scoped(device, () => {
      const encoder = device.createCommandEncoder()
      encoder.copyBufferToBuffer(out, offset, staging, 0, size)
      device.queue.submit([encoder.finish()])
    })
    await staging.mapAsync(GPUMapMode.READ, 0, size)
    comparison.add(new Int32Array(staging.getMappedRange(0, size)))
    staging.unmap()
    await pause(signal)
  }
  assertAlive(gpu)
  return comparison.finish()
}

async function takeTurns(
  gpu: Gpu,
  contenders: readonly Contender[],
  runs: number,
  step: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const repeats = new Map<Contender, number>()
  for (const contender of contenders) {
    step(`warming up ${contender.subject.activation} ${contender.subject.direction}`)
    const time = async (count: number): Promise<number> => {
      await pause(signal)
      return timeRun(gpu, contender.record, count)
    }
    repeats.set(contender, await calibrate(time, MOST_REPEATS))
  }
  for (let run = -WARM_UP_RUNS; run < runs; run++) {
    if (run >= 0) step(`timing ${contenders.length} resident kernels in turn, run ${run + 1} of ${runs}`)
    for (const contender of contenders) {
      const times = repeats.get(contender)!
      const elapsed = await timeRun(gpu, contender.record, times)
      if (run >= 0) contender.milliseconds.push(elapsed / times)
      await pause(signal)
    }
  }
}

async function timeRun(gpu: Gpu, record: (pass: GPUComputePassEncoder) => void, repeats: number): Promise<number> {
  const { device } = gpu
  const commands = await scoped(device, () => encode(device, record, repeats))
  // Recording has reached the GPU process, and nothing is left to do there.
  await device.queue.onSubmittedWorkDone()
  const start = performance.now()
  await Promise.all([scoped(device, () => device.queue.submit([commands])), device.queue.onSubmittedWorkDone()])
  const elapsed = performance.now() - start
  assertAlive(gpu)
  return elapsed
}

function encode(device: GPUDevice, record: (pass: GPUComputePassEncoder) => void, repeats: number): GPUCommandBuffer {
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  for (let i = 0; i < repeats; i++) record(pass)
  pass.end()
  return encoder.finish()
}

// A lost device carries out nothing and reports no error.
function assertAlive(gpu: Gpu): void {
  const lost = gpu.lost()
  if (lost !== undefined) throw new Error(lost)
}
