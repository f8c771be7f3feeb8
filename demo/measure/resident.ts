import { createKernels } from '../../src/index.ts'
import { failedRow, type Row, type Subject, timedRow } from '../rows.ts'
import { Comparison, elementsOf, type Finding, findingOf } from './check.ts'
import type { Bindings, Computation, Data } from './computation.ts'
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
  readonly computation?: Computation
  /** What has to come of it. */
  readonly expected: () => Promise<readonly Float32Array[]>
}

interface Buffers {
  readonly x: GPUBuffer
  readonly dy: GPUBuffer
  readonly up: GPUBuffer
  readonly results: readonly [GPUBuffer, GPUBuffer]
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
    await createKernels(device).prepare(kernels.flatMap(({ computation }) => computation?.activation ?? []))

    const failed = new Map<ResidentKernel, Row>()
    const contenders: Contender[] = []
    for (const kernel of kernels) {
      step(`checking ${kernel.subject.activation} ${kernel.subject.direction}`)
      const size = data.x.byteLength
      const record =
        kernel.computation === undefined
          ? copy(buffers.x, buffers.results[0], bufferBytes(data.x.length))
          : recorder(device, kernel.computation, buffers, size)
      try {
        const comparisons = compare(kernel, await kernel.expected(), data)
        const finding = await check(gpu, record, buffers, size, comparisons, signal)
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

async function createBuffers(device: GPUDevice, { x, dy, up }: Data, made: GPUBuffer[]): Promise<Buffers> {
  const size = bufferBytes(x.length)
  const create = (label: string, bytes: number, usage: number): GPUBuffer => {
    const buffer = device.createBuffer({ label, size: bytes, usage })
    made.push(buffer)
    return buffer
  }
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
  // What only gated pairs have is as small as can be without them.
  const pairSize = up === undefined ? 16 : size
  return scoped(device, () => {
    const buffers: Buffers = {
      x: create('x', size, usage),
      dy: create('dy', size, usage),
      up: create('up', pairSize, usage),
      results: [create('result', size, usage), create('second result', pairSize, usage)],
      staging: create('staging', Math.min(size, PIECE), GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST),
    }
    for (const [buffer, values] of [[buffers.x, x] as const, [buffers.dy, dy] as const, [buffers.up, up] as const]) {
      if (values === undefined) continue
      for (let start = 0; start < values.length; start += PIECE / 4) {
        device.queue.writeBuffer(buffer, start * 4, values.subarray(start, start + PIECE / 4))
      }
    }
    return buffers
  })
}

function recorder(
  device: GPUDevice,
  computation: Computation,
  { x, dy, up, results: [first, second] }: Buffers,
  size: number,
): (pass: GPUComputePassEncoder) => void {
  const kernels = createKernels(device)
  const at = (buffer: GPUBuffer): GPUBufferBinding => ({ buffer, size })
  const bindings: Bindings = { x: at(x), dy: at(dy), up: at(up), results: [at(first), at(second)] }
  return pass => computation.record(kernels, pass, bindings)
}

/** What compares the results of a kernel, the copy's bit for bit. */
function compare({ computation }: ResidentKernel, expected: readonly Float32Array[], data: Data): Comparison[] {
  return expected.map((array, i) => {
    const result = computation?.results[i]
    return new Comparison(elementsOf(array), result?.judge(data), expected.length > 1 ? `${result?.name} ` : '')
  })
}

async function check(
  gpu: Gpu,
  record: (pass: GPUComputePassEncoder) => void,
  { results, staging }: Buffers,
  bytes: number,
  comparisons: readonly Comparison[],
  signal: AbortSignal,
): Promise<Finding> {
  const { device } = gpu
  // A kernel that writes nothing must not be taken for right because of what ran before it.
  const poison = new Uint32Array(Math.min(results[0].size, PIECE) / 4).fill(0xdeadbeef)
  await scoped(device, () => {
    for (const buffer of results) {
      for (let offset = 0; offset < buffer.size; offset += PIECE) {
        device.queue.writeBuffer(buffer, offset, poison, 0, Math.min(poison.length, (buffer.size - offset) / 4))
      }
    }
    device.queue.submit([encode(device, record, 1)])
  })
  for (const [i, comparison] of comparisons.entries()) {
    for (let offset = 0; offset < bytes; offset += PIECE) {
      const size = Math.min(PIECE, bytes - offset)
      await scoped(device, () => {
        const encoder = device.createCommandEncoder()
        encoder.copyBufferToBuffer(results[i]!, offset, staging, 0, size)
        device.queue.submit([encoder.finish()])
      })
      await staging.mapAsync(GPUMapMode.READ, 0, size)
      comparison.add(new Int32Array(staging.getMappedRange(0, size)))
      staging.unmap()
      await pause(signal)
    }
  }
  assertAlive(gpu)
  return findingOf(comparisons)
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
