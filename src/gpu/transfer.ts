import type { Activation, Direction, Inputs } from '../activations/activation.ts'
import { GpuError } from '../errors.ts'
import { BufferUsage, MapMode } from './constants.ts'
import { inErrorScopes } from './error-scopes.ts'
import { recorderOf } from './kernels.ts'

const BYTES_PER_ELEMENT = 4
// In flight at a time: enough to keep a GPU busy, and little enough for a phone.
const LARGEST_CHUNK = 64 * 2 ** 20

/**
 * Computes arrays on the GPU: uploads, runs the kernel, reads back, in chunks that fit the device. Frees all it made.
 *
 * @throws GpuError when the device refuses or fails any step; DestroyedError when it is lost; whatever the engine throws
 * when an array is detached meanwhile
 */
export async function computeOnGpu(
  device: GPUDevice,
  activation: Activation,
  direction: Direction,
  inputs: Inputs,
): Promise<Float32Array<ArrayBuffer>> {
  const length = inputs.x.length
  const result = new Float32Array(length)
  await recorderOf(device).prepareKernel(activation, direction === 'forward' ? 'forward-over-x' : 'backward-over-dy')
  const { maxBufferSize, maxStorageBufferBindingSize } = device.limits
  const chunk = Math.floor(Math.min(LARGEST_CHUNK, maxBufferSize, maxStorageBufferBindingSize) / BYTES_PER_ELEMENT)
  for (let start = 0; start < length; start += chunk) {
    const end = Math.min(start + chunk, length)
    const part = { x: inputs.x.subarray(start, end), dy: inputs.dy?.subarray(start, end) }
    await computeChunk(device, activation, direction, part, result.subarray(start, end))
  }
  return result
}

async function computeChunk(
  device: GPUDevice,
  activation: Activation,
  direction: Direction,
  inputs: Inputs,
  result: Float32Array,
): Promise<void> {
  const made: GPUBuffer[] = []
  try {
    const what = `${activation} ${direction} over ${result.length} elements`
    const [staging, accepted] = inErrorScopes(device, what, () => {
      const buffer = submitChunk(device, activation, direction, inputs, made)
      return { buffer, mapped: buffer.mapAsync(MapMode.READ) }
    })
    const [refusal, mapping] = await Promise.allSettled([accepted, staging.mapped])
    if (refusal.status === 'rejected') throw refusal.reason
    if (mapping.status === 'rejected') {
      throw new GpuError(`The result of ${what} could not be read back: ${String(mapping.reason)}.`, {
        cause: mapping.reason,
      })
    }
    result.set(new Float32Array(staging.buffer.getMappedRange()))
  } finally {
    for (const buffer of made) buffer.destroy()
  }
}

/** Uploads, records and submits; the result will be in the buffer returned. Adds the buffers it makes to `made`. */
function submitChunk(
  device: GPUDevice,
  activation: Activation,
  direction: Direction,
  inputs: Inputs,
  made: GPUBuffer[],
): GPUBuffer {
  const size = inputs.x.byteLength
  const upload = (name: string, array: Float32Array): GPUBuffer => {
    const usage = BufferUsage.STORAGE | BufferUsage.COPY_DST | BufferUsage.COPY_SRC
    const buffer = device.createBuffer({ label: `webgpu-activations ${name}`, size, usage })
    made.push(buffer)
    device.queue.writeBuffer(buffer, 0, fixed(array))
    return buffer
  }
  const kernels = recorderOf(device)
  const encoder = device.createCommandEncoder({ label: `webgpu-activations ${activation.name} ${direction}` })
  const x = { buffer: upload('x', inputs.x) }
  const dy = inputs.dy === undefined ? undefined : { buffer: upload('dy', inputs.dy) }
  const pass = encoder.beginComputePass()
  // In place, which saves a buffer of this size.
  if (dy === undefined) kernels.forward(pass, activation, { x, y: x })
  else kernels.backward(pass, activation, { x, dy, dx: dy })
  pass.end()
  const usage = BufferUsage.MAP_READ | BufferUsage.COPY_DST
  const staging = device.createBuffer({ label: 'webgpu-activations staging', size, usage })
  made.push(staging)
  encoder.copyBufferToBuffer((dy ?? x).buffer, 0, staging, 0, size)
  device.queue.submit([encoder.finish()])
  return staging
}

// Chromium's writeBuffer refuses memory that can be resized, and the npm package `webgpu` (0.6.2) crashes the process on
// memory that is shared. A copy serves both.
function fixed(array: Float32Array): Float32Array<ArrayBuffer> {
  const { buffer } = array
  const isFixed = buffer instanceof ArrayBuffer && (buffer as { resizable?: boolean }).resizable !== true
  return isFixed ? (array as Float32Array<ArrayBuffer>) : array.slice()
}
