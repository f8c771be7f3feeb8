import { createKernels, type Activation, type Direction } from '../../../src/index.ts'
import { referenceResults } from '../../support/tasks.ts'
import { BufferUsage, MapMode } from '../../../src/gpu/device/constants.ts'

/** All float32 in the order of their bits, in this many chunks. */
export const CHUNK = 2 ** 24
export const CHUNKS = 2 ** 32 / CHUNK

/** One chunk: its inputs and their results, valid until the next one. */
export interface Chunk {
  readonly x: Float32Array
  readonly dy: Float32Array
  readonly result: Float32Array
}

/** Computes chunks on the CPU. */
export function* sweepCpu(activation: Activation, direction: Direction, first: number): Generator<Chunk> {
  const x = new Float32Array(CHUNK)
  const dy = new Float32Array(CHUNK).fill(1)
  for (let chunk = first; chunk < CHUNKS; chunk++) {
    fill(x, chunk)
    yield { x, dy, result: referenceResults(activation, direction, { x, dy })[0] as Float32Array }
  }
}

/** Computes chunks on a GPU, one ahead of the chunk that is checked. */
export async function* sweepGpu(
  device: GPUDevice,
  activation: Activation,
  direction: Direction,
  first: number,
): AsyncGenerator<Chunk> {
  const kernels = createKernels(device)
  await kernels.prepare([activation])
  const { STORAGE, COPY_DST, COPY_SRC, MAP_READ } = BufferUsage
  const buffer = (usage: number) => device.createBuffer({ size: CHUNK * 4, usage })
  const ones = new Float32Array(CHUNK).fill(1)
  const dy = buffer(STORAGE | COPY_DST)
  device.queue.writeBuffer(dy, 0, ones)
  const slots = [0, 1].map(() => ({
    values: new Float32Array(CHUNK),
    x: buffer(STORAGE | COPY_DST),
    y: buffer(STORAGE | COPY_SRC),
    staging: buffer(COPY_DST | MAP_READ),
  }))

  const start = (chunk: number) => {
    const { values, x, y, staging } = slots[chunk % 2]!
    fill(values, chunk)
    device.queue.writeBuffer(x, 0, values)
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    if (direction === 'forward') kernels.forward(pass, activation, { x: { buffer: x }, y: { buffer: y } })
    else kernels.backward(pass, activation, { x: { buffer: x }, dy: { buffer: dy }, dx: { buffer: y } })
    pass.end()
    encoder.copyBufferToBuffer(y, 0, staging, 0, CHUNK * 4)
    device.queue.submit([encoder.finish()])
    return { values, staging, mapped: staging.mapAsync(MapMode.READ) }
  }

  let ahead = start(first)
  for (let chunk = first; chunk < CHUNKS; chunk++) {
    const { values, staging, mapped } = ahead
    await mapped
    if (chunk + 1 < CHUNKS) ahead = start(chunk + 1)
    yield { x: values, dy: ones, result: new Float32Array(staging.getMappedRange()) }
    staging.unmap()
  }
}

function fill(x: Float32Array, chunk: number): void {
  const bits = new Uint32Array(x.buffer)
  const first = chunk * CHUNK
  for (let i = 0; i < CHUNK; i++) bits[i] = first + i
}
