import type { Direction, Inputs, Kernel, PairInputs } from '../activations/activation.ts'
import { isGated } from '../activations/gated.ts'
import { GpuError } from '../errors.ts'
import { BufferUsage, MapMode } from './constants.ts'
import { inErrorScopes } from './error-scopes.ts'
import { recorderOf } from './kernels.ts'
import { KERNELS, type Programmed } from './program.ts'

const BYTES_PER_ELEMENT = 4
// In flight at a time: enough to keep a GPU busy, and little enough for a phone.
const LARGEST_CHUNK = 64 * 2 ** 20

/** How many elements of an array a device takes at a time. */
export function elementsAtATime({ limits: { maxBufferSize, maxStorageBufferBindingSize } }: GPUDevice): number {
  return Math.floor(Math.min(LARGEST_CHUNK, maxBufferSize, maxStorageBufferBindingSize) / BYTES_PER_ELEMENT)
}

/**
 * Computes arrays on the GPU: uploads, runs the kernel, reads back, in chunks that fit the device. Frees all buffers it
 * made; the kernels keep the slopes of a prelu as long as it lives.
 *
 * @returns y or dx; of a gated pair y, or dGate and dUp
 * @throws GpuError when the device refuses or fails any step; DestroyedError when it is lost; whatever the engine throws
 * when an array is detached meanwhile
 */
export async function computeOnGpu(
  device: GPUDevice,
  activation: Programmed,
  direction: Direction,
  inputs: Inputs | PairInputs,
): Promise<Float32Array<ArrayBuffer>[]> {
  const arrays = Object.entries(inputs) as [string, Float32Array][]
  const { length } = arrays[0]![1]
  const { kernel, inPlace } = planOf(activation, direction)
  const results = Object.keys(inPlace).map(() => new Float32Array(length))
  const recorder = recorderOf(device)
  await recorder.prepareKernel(activation, kernel)
  const chunk = elementsAtATime(device)
  for (let start = 0; start < length; start += chunk) {
    const end = Math.min(start + chunk, length)
    const uploads = Object.fromEntries(arrays.map(([name, array]) => [name, array.subarray(start, end)]))
    const parts = results.map(result => result.subarray(start, end))
    const what = `${activation} ${direction} over ${end - start} elements`
    await transfer(device, what, uploads, parts, (encoder, buffers) => {
      const outputs = Object.entries(inPlace).map(([output, input]) => [output, buffers[input]!] as const)
      const bindings = Object.entries({ ...buffers, ...Object.fromEntries(outputs) })
      const pass = encoder.beginComputePass()
      recorder[direction](pass, activation, Object.fromEntries(bindings.map(bind)) as never, start)
      pass.end()
      return outputs.map(([, buffer]) => buffer)
    })
  }
  return results
}

/** The kernel for a call, and which result goes over which input: in place, which saves buffers of their size. */
function planOf(activation: Programmed, direction: Direction): { kernel: Kernel; inPlace: Record<string, string> } {
  const isForward = direction === 'forward'
  if (isGated(activation)) {
    const { forwardOverGate, backwardInPlace } = activation.kernels
    if (isForward) return { kernel: forwardOverGate, inPlace: { y: 'gate' } }
    return { kernel: backwardInPlace, inPlace: { dGate: 'gate', dUp: 'up' } }
  }
  if (isForward) return { kernel: KERNELS.forwardOverX, inPlace: { y: 'x' } }
  return { kernel: KERNELS.backwardOverDy, inPlace: { dx: 'dy' } }
}

const bind = ([name, buffer]: [string, GPUBuffer]): [string, GPUBufferBinding] => [name, { buffer }]

/** Creates a buffer that lives as long as its transfer. */
export type Make = (name: string, size: number, usage: number) => GPUBuffer

/**
 * One trip to the GPU and back: uploads arrays, submits what is encoded, and reads results. Frees all buffers it made.
 *
 * @param encode gets the uploads in buffers of their names, and returns the buffers that results are read from, in their
 * order
 * @throws GpuError when the device refuses or fails any step
 */
export async function transfer(
  device: GPUDevice,
  what: string,
  uploads: Readonly<Record<string, Float32Array>>,
  results: readonly Float32Array[],
  encode: (encoder: GPUCommandEncoder, buffers: Record<string, GPUBuffer>, make: Make) => readonly GPUBuffer[],
): Promise<void> {
  const made: GPUBuffer[] = []
  const make: Make = (name, size, usage) => {
    const buffer = device.createBuffer({ label: `webgpu-activations ${name}`, size, usage })
    made.push(buffer)
    return buffer
  }
  const submit = (): GPUBuffer[] => {
    const usage = BufferUsage.STORAGE | BufferUsage.COPY_DST | BufferUsage.COPY_SRC
    const buffers: Record<string, GPUBuffer> = {}
    for (const [name, array] of Object.entries(uploads)) {
      buffers[name] = make(name, array.byteLength, usage)
      device.queue.writeBuffer(buffers[name], 0, fixed(array))
    }
    const encoder = device.createCommandEncoder({ label: `webgpu-activations ${what}` })
    const staged = encode(encoder, buffers, make).map((buffer, i) => {
      const { byteLength } = results[i]!
      const staging = make('staging', byteLength, BufferUsage.MAP_READ | BufferUsage.COPY_DST)
      encoder.copyBufferToBuffer(buffer, 0, staging, 0, byteLength)
      return staging
    })
    device.queue.submit([encoder.finish()])
    return staged
  }
  try {
    const [staged, accepted] = inErrorScopes(device, what, () =>
      submit().map(buffer => ({ buffer, mapped: buffer.mapAsync(MapMode.READ) })),
    )
    const [refusal, ...mappings] = await Promise.allSettled([accepted, ...staged.map(({ mapped }) => mapped)])
    if (refusal.status === 'rejected') throw refusal.reason
    for (const [i, mapping] of mappings.entries()) {
      if (mapping.status === 'rejected') {
        throw new GpuError(`The result of ${what} could not be read back: ${String(mapping.reason)}.`, {
          cause: mapping.reason,
        })
      }
      results[i]!.set(new Float32Array(staged[i]!.buffer.getMappedRange()))
    }
  } finally {
    for (const buffer of made) buffer.destroy()
  }
}

// Chromium's writeBuffer refuses memory that can be resized, and the npm package `webgpu` (0.6.2) crashes the process on
// memory that is shared. A copy serves both.
function fixed(array: Float32Array): Float32Array<ArrayBuffer> {
  const { buffer } = array
  const isFixed = buffer instanceof ArrayBuffer && (buffer as { resizable?: boolean }).resizable !== true
  return isFixed ? (array as Float32Array<ArrayBuffer>) : array.slice()
}
