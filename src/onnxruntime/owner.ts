import { isOwnedBy, knownBuffer } from '../gpu/bindings/buffers.ts'
import { ShaderStage } from '../gpu/device/constants.ts'
import { lossOf } from '../gpu/device/device.ts'
import { inErrorScopes } from '../gpu/device/error-scopes.ts'
import { BYTES_PER_WORD } from '../operations/layout.ts'
import { BindingError, messageOf } from '../support/errors.ts'
import { oncePer } from '../support/once.ts'
import { weakly } from '../support/platform.ts'

/** The buffers that a device refused, with its words. */
const refusals = /* @__PURE__ */ oncePer((_device: GPUDevice) => new WeakMap<GPUBuffer, string>())

const layouts = /* @__PURE__ */ oncePer((device: GPUDevice) =>
  device.createBindGroupLayout({
    entries: [{ binding: 0, visibility: ShaderStage.COMPUTE, buffer: { type: 'read-only-storage' } }],
  }),
)

/** Refuses a buffer that is known to be none of this device. @throws BindingError */
export function checkOwner(name: string, buffer: GPUBuffer, device: GPUDevice): void {
  const refusal = refusals(device).get(buffer)
  if (refusal !== undefined) throw strange(name, refusal)
  if (isOwnedBy(knownBuffer(buffer), device) === false) throw strange(name, 'another device has it')
}

/**
 * Asks the device whether a buffer is its own; settles at once where that is known.
 *
 * @throws BindingError (by rejection)
 */
export async function askOwner(name: string, buffer: GPUBuffer, device: GPUDevice): Promise<void> {
  const known = knownBuffer(buffer)
  if (known.owner !== undefined) return
  const entries = [{ binding: 0, resource: { buffer, size: BYTES_PER_WORD } }]
  const [, accepted] = inErrorScopes(device, 'a tensor', () =>
    device.createBindGroup({ layout: layouts(device), entries }),
  )
  try {
    await accepted
  } catch (error) {
    refusals(device).set(buffer, messageOf(error))
    throw strange(name, messageOf(error))
  }
  // A lost device accepts everything.
  if ((await lossOf(device)) === undefined) known.owner ??= weakly(device)
}

function strange(name: string, why: string): BindingError {
  return new BindingError(
    `${name} is not on the device of the kernels (${why}). ONNX Runtime computes on a device of its own where it was given none, and where it ignores the given one: the import 'onnxruntime-web' ignores that of a session, and every build up to 1.31 ignores env.webgpu.device alone.`,
    'Call useDevice(ort, device) before the first session, and create each session with the options that it returns.',
  )
}
