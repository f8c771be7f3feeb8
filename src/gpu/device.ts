import { UnavailableError } from '../errors.ts'

/** What a user can know of an adapter: plain values, fit for JSON. */
export interface AdapterDescription {
  readonly vendor: string
  readonly architecture: string
  readonly device: string
  readonly description: string
  /** A software renderer: it computes on the CPU. */
  readonly isFallbackAdapter: boolean
}

/** Whether a value is a GPUDevice as far as can be told; it may come from another realm, or from Node's Dawn. */
export function isDevice(value: unknown): value is GPUDevice {
  if (typeof value !== 'object' || value === null) return false
  const device = value as Partial<GPUDevice>
  return (
    typeof device.createComputePipeline === 'function' &&
    typeof device.queue?.submit === 'function' &&
    typeof device.limits?.maxBufferSize === 'number' &&
    typeof device.lost?.then === 'function'
  )
}

/** Why a device is lost, or undefined while it lives. Asynchronous because `lost` is a promise, which says nothing at once. */
export async function lossOf(device: GPUDevice): Promise<GPUDeviceLostInfo | undefined> {
  return Promise.race([device.lost, Promise.resolve(undefined)])
}

/** Describes the adapter behind a device. */
export function describeAdapter(device: GPUDevice): AdapterDescription {
  // Not every browser has adapterInfo on the device yet.
  const info = (device as Partial<GPUDevice>).adapterInfo
  return {
    vendor: info?.vendor ?? '',
    architecture: info?.architecture ?? '',
    device: info?.device ?? '',
    description: info?.description ?? '',
    isFallbackAdapter: info?.isFallbackAdapter ?? false,
  }
}

/** Whether the device computes on the CPU. */
export function isSoftware(device: GPUDevice): boolean {
  return describeAdapter(device).isFallbackAdapter
}

/**
 * Requests a device with the largest buffers its adapter allows. The caller owns it.
 *
 * @throws UnavailableError when there is no WebGPU, no adapter or no device
 */
export async function requestDevice(): Promise<GPUDevice> {
  const gpu: GPU | undefined = (globalThis as { navigator?: Partial<Navigator> }).navigator?.gpu
  if (gpu === undefined) {
    throw new UnavailableError(
      'This environment has no WebGPU: navigator.gpu is missing.',
      "Use a browser with WebGPU over https or on localhost, or processor: 'cpu'.",
    )
  }
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
    if (adapter === null)
      throw new UnavailableError('WebGPU found no adapter.', "Check the GPU's driver, or use processor: 'cpu'.")
    const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits
    return await adapter.requestDevice({
      label: 'webgpu-activations',
      requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
    })
  } catch (error) {
    if (error instanceof UnavailableError) throw error
    throw new UnavailableError(
      `WebGPU gave no device: ${String(error)}.`,
      "Check the GPU's driver, or use processor: 'cpu'.",
      { cause: error },
    )
  }
}
