import { knownBuffer, learnOwner, refusalOf } from '../gpu/bindings/buffers.ts'
import { BindingError } from '../support/errors.ts'

/** Refuses a buffer that is known to be none of this device. @throws BindingError */
export function checkOwner(name: string, buffer: GPUBuffer, device: GPUDevice): void {
  const refusal = refusalOf(knownBuffer(buffer), device)
  if (refusal !== undefined) throw strange(name, refusal)
}

/**
 * Asks the device whether a buffer is its own; settles at once where that is known.
 *
 * @throws BindingError (by rejection)
 */
export async function askOwner(name: string, buffer: GPUBuffer, device: GPUDevice): Promise<void> {
  const refusal = await learnOwner(device, buffer)
  if (refusal !== undefined) throw strange(name, refusal)
}

function strange(name: string, why: string): BindingError {
  return new BindingError(
    `${name} is not on the device of the kernels: its buffer ${why}. ONNX Runtime computes on a device of its own where it was given none, and where it ignores the given one: the import 'onnxruntime-web' ignores that of a session, and every build up to 1.31 ignores env.webgpu.device alone.`,
    'Call useDevice(ort, device) before the first session, and create each session with the options that it returns.',
  )
}
