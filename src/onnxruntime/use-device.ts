import { isDevice } from '../gpu/device/device.ts'
import { InputError, show } from '../support/errors.ts'
import type { GPUDevice } from '../support/platform-types.ts'
import { reading } from '../support/reading.ts'

/**
 * ONNX Runtime Web: the module `onnxruntime-web/webgpu` or `onnxruntime-web`. For transformers.js:
 * `{ env: env.backends.onnx }`.
 */
export interface Runtime {
  /** Its settings. */
  readonly env: { readonly webgpu?: object | undefined }
}

/** The options of a session that computes on the given device and leaves its results there. */
export interface SessionOptions {
  /** WebGPU, on the device. */
  readonly executionProviders: readonly [{ readonly name: 'webgpu'; readonly device: GPUDevice }]
  /** Results stay in GPU buffers. */
  readonly preferredOutputLocation: 'gpu-buffer'
}

/**
 * Gives ONNX Runtime Web a device of yours, so that its tensors and your kernels share one. Call it before the first
 * session, and create every session with the options that it returns.
 *
 * ONNX Runtime takes a device in different ways, and each build ignores the others: this uses all of them.
 * `onnxruntime-web/webgpu` (1.30, 1.31) reads the `device` of each session; the plain `onnxruntime-web` of these versions
 * requests its device of `env.webgpu.adapter`, and sets its own `onuncapturederror` on it; `env.webgpu.device` is to
 * replace both.
 *
 * @returns options for `InferenceSession.create`, to which you may add your own
 * @throws InputError when `device` is not a GPUDevice, `ort` has no `env.webgpu`, or ONNX Runtime has a device already that
 * it cannot change
 */
export function useDevice(ort: Runtime, device: GPUDevice): SessionOptions {
  if (!isDevice(device)) {
    const fix = 'Give a GPUDevice, from adapter.requestDevice().'
    throw new InputError('invalid-argument', `The device is ${show(device)}.`, fix)
  }
  const webgpu: { device?: unknown; adapter?: unknown } | undefined = reading('ONNX Runtime', () => ort?.env?.webgpu)
  if (typeof webgpu !== 'object' || webgpu === null) {
    const fix = "Give the module: import * as ort from 'onnxruntime-web/webgpu'."
    throw new InputError('invalid-argument', `ONNX Runtime is ${show(ort)}.`, fix)
  }
  if (given.get(webgpu) !== device) give(webgpu, device)
  return { executionProviders: [{ name: 'webgpu', device }], preferredOutputLocation: 'gpu-buffer' }
}

const given = /* @__PURE__ */ new WeakMap<object, GPUDevice>()

function give(webgpu: { device?: unknown; adapter?: unknown }, device: globalThis.GPUDevice): void {
  try {
    webgpu.device = device
    webgpu.adapter = adapterOf(device)
  } catch (cause) {
    // The first session of the plain build makes both properties constant. Before it, reading one may request a device.
    if (webgpu.device !== device) {
      const message = 'ONNX Runtime has a device already, and keeps it.'
      const fix = "Call useDevice before the first session, or import from 'onnxruntime-web/webgpu'."
      throw new InputError('invalid-argument', message, fix, { cause })
    }
  }
  given.set(webgpu, device)
}

/** An adapter that gives this device only. ONNX Runtime reads no other members. */
function adapterOf(device: globalThis.GPUDevice): object {
  const { features, limits, adapterInfo } = device
  return { features, limits, info: adapterInfo, requestDevice: () => Promise.resolve(device) }
}
