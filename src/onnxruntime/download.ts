import { BufferUsage, MapMode } from '../gpu/device/constants.ts'
import { lossOf } from '../gpu/device/device.ts'
import { inErrorScopes } from '../gpu/device/error-scopes.ts'
import { poll } from '../gpu/device/polling.ts'
import { BYTES_PER_WORD } from '../operations/layout.ts'
import { ActivationsError, DestroyedError, GpuError, textOf } from '../support/errors.ts'
import { platform } from '../support/platform.ts'

const WHAT = 'the download of a tensor'

/**
 * Copies the first bytes of a buffer from the GPU.
 *
 * @param bytes the buffer has them in whole words
 * @throws GpuError, or DestroyedError when the device is lost (by rejection)
 */
export async function download(device: GPUDevice, buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
  const size = Math.ceil(bytes / BYTES_PER_WORD) * BYTES_PER_WORD
  let staging: GPUBuffer | undefined
  try {
    const [mapped, accepted] = inErrorScopes(device, WHAT, () => {
      staging = device.createBuffer({
        label: `webgpu-activations ${WHAT}`,
        size,
        usage: BufferUsage.MAP_READ | BufferUsage.COPY_DST,
      })
      const encoder = device.createCommandEncoder()
      encoder.copyBufferToBuffer(buffer, 0, staging, 0, size)
      device.queue.submit([encoder.finish()])
      return staging.mapAsync(MapMode.READ)
    })
    const answered = Promise.allSettled([accepted, mapped])
    poll(device, answered)
    for (const outcome of await answered) if (outcome.status === 'rejected') throw outcome.reason
    return staging!.getMappedRange().slice(0, bytes)
  } catch (error) {
    const lost = await lossOf(device)
    if (lost !== undefined) {
      throw new DestroyedError(`The device is lost (${lost.reason}: ${lost.message}).`, 'Activate on a live device.')
    }
    if (error instanceof ActivationsError) throw error
    const code = error instanceof RangeError ? 'out-of-memory' : 'gpu-failure'
    throw new GpuError(`The device failed at ${WHAT}: ${textOf(error)}.`, { cause: error }, code)
  } finally {
    staging?.destroy()
  }
}

/** Views bytes as ONNX Runtime does: float16 as a Float16Array where the engine has it, else as its words. */
export function elementsOf(type: 'float32' | 'float16', bytes: ArrayBuffer): unknown {
  if (type === 'float32') return new Float32Array(bytes)
  const Halves = platform('Float16Array' as keyof typeof globalThis) as typeof Uint16Array | undefined
  return new (Halves ?? Uint16Array)(bytes)
}
