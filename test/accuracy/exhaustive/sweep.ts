import { type Activation, createDispatcher, createKernels, type Direction } from '../../../src/index.ts'
import { BufferUsage, MapMode } from '../../../src/gpu/device/constants.ts'
import { openDawn } from '../../tools/dawn-device.ts'
import type { Processor } from '../processors.ts'

/** All float32 in the order of their bits, in this many chunks. */
export const CHUNK = 2 ** 22
export const CHUNKS = 2 ** 32 / CHUNK

/** One processor, which computes an activation in one direction, backward with dy = 1. */
export interface Computation {
  /** The adapter and its driver, or the platform of the CPU. */
  readonly description: string
  /** Computes results, which are valid until the call after the next. */
  compute(x: Float32Array): Promise<Float32Array>
}

export const ONES: Float32Array = new Float32Array(CHUNK).fill(1)

export async function computationOn(
  processor: Processor,
  activation: Activation,
  direction: Direction,
): Promise<Computation> {
  if (processor === 'cpu') return onCpu(activation, direction)
  const { device, description } = await openDawn(processor)
  return { description, compute: await onGpu(device, activation, direction) }
}

/** @throws Error where there is no WebAssembly with SIMD */
async function onCpu(activation: Activation, direction: Direction): Promise<Computation> {
  const dispatcher = await createDispatcher({ processor: 'cpu', crossCheck: 'off' })
  const { path, reason } = dispatcher.report.cpu
  if (path !== 'wasm') throw new Error(reason)
  const slots = [new Float32Array(CHUNK), new Float32Array(CHUNK)]
  let calls = 0
  return {
    description: `WebAssembly in Node ${process.versions.node}`,
    async compute(x) {
      const out = slots[calls++ % 2]!
      if (direction === 'forward') await dispatcher.forward(activation, x, { out })
      else await dispatcher.backward(activation, x, ONES, { out })
      const [inJavaScript] = dispatcher.report.cpu.inJavaScript
      if (inJavaScript !== undefined) throw new Error(`The WebAssembly has no ${inJavaScript}.`)
      return out
    },
  }
}

async function onGpu(device: GPUDevice, activation: Activation, direction: Direction): Promise<Computation['compute']> {
  const kernels = createKernels(device)
  await kernels.prepare([activation])
  const { STORAGE, COPY_DST, COPY_SRC, MAP_READ } = BufferUsage
  const buffer = (usage: number) => device.createBuffer({ size: CHUNK * 4, usage })
  const dy = buffer(STORAGE | COPY_DST)
  device.queue.writeBuffer(dy, 0, ONES)
  const slots = [0, 1].map(() => ({
    x: buffer(STORAGE | COPY_DST),
    y: buffer(STORAGE | COPY_SRC),
    staging: buffer(COPY_DST | MAP_READ),
  }))
  let calls = 0
  return async values => {
    const { x, y, staging } = slots[calls++ % 2]!
    if (staging.mapState !== 'unmapped') staging.unmap()
    device.queue.writeBuffer(x, 0, values)
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    if (direction === 'forward') kernels.forward(pass, activation, { x: { buffer: x }, y: { buffer: y } })
    else kernels.backward(pass, activation, { x: { buffer: x }, dy: { buffer: dy }, dx: { buffer: y } })
    pass.end()
    encoder.copyBufferToBuffer(y, 0, staging, 0, CHUNK * 4)
    device.queue.submit([encoder.finish()])
    await staging.mapAsync(MapMode.READ)
    return new Float32Array(staging.getMappedRange())
  }
}

/** Writes the inputs of a chunk. */
export function fill(x: Float32Array, chunk: number): void {
  const bits = new Uint32Array(x.buffer)
  const first = chunk * CHUNK
  for (let i = 0; i < CHUNK; i++) bits[i] = first + i
}
