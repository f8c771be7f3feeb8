import { throwIfAborted, type Deadline, waitFor } from '../../support/deadlines.ts'
import { show, textOf, UnavailableError } from '../../support/errors.ts'
import { oncePer } from '../../support/once.ts'
import { reading } from '../../support/reading.ts'

/** Describes an adapter by plain values that JSON can hold. */
export interface AdapterDescription {
  /** The vendor, as `'nvidia'`; empty where WebGPU does not say. */
  readonly vendor: string
  /** The family of the GPU, as `'turing'`; empty where WebGPU does not say. */
  readonly architecture: string
  /** The GPU, by the vendor's identifier; empty where WebGPU does not say. */
  readonly device: string
  /** The driver's human-readable description; empty where WebGPU does not say. */
  readonly description: string
  /** True for a software adapter, which computes on the CPU. */
  readonly isFallbackAdapter: boolean
}

/** Recognises a GPUDevice by its members, because it may come from another realm or from Node's Dawn. */
export function isDevice(value: unknown): value is GPUDevice {
  if (typeof value !== 'object' || value === null) return false
  try {
    const device = value as Partial<GPUDevice>
    return (
      typeof device.createComputePipeline === 'function' &&
      typeof device.queue?.submit === 'function' &&
      typeof device.limits?.maxBufferSize === 'number' &&
      typeof device.lost?.then === 'function'
    )
  } catch {
    return false
  }
}

export interface Loss {
  readonly reason: string
  readonly message: string
}

/**
 * Calls back when a device is lost. Accepts any settled value of `lost`, because the caller's device may be a proxy or
 * a mock.
 *
 * @throws InputError when `lost` cannot be read or awaited
 */
export function whenLost(device: GPUDevice, callback: (loss: Loss) => void): void {
  const onLost = (info: Partial<Loss> | null | undefined): void =>
    callback({ reason: info?.reason ?? 'unknown', message: info?.message ?? '' })
  const onRejected = (error: unknown): void => callback({ reason: 'unknown', message: String(error) })
  reading("The device's loss", () => void device.lost.then(onLost, onRejected))
}

// One callback per device: a promise keeps its callbacks, and this promise lives as long as the device.
const foundLoss = /* @__PURE__ */ oncePer((device: GPUDevice) => {
  const found: { info: Loss | undefined } = { info: undefined }
  whenLost(device, info => (found.info = info))
  return found
})

/** Returns the loss of a device, or undefined while the device is live. Asynchronous because `lost` is a promise. */
export async function lossOf(device: GPUDevice): Promise<Loss | undefined> {
  const found = foundLoss(device)
  await Promise.resolve()
  await Promise.resolve()
  return found.info
}

/** Describes the adapter of a device; texts are empty where the device has no `adapterInfo`. */
export function describeAdapter(device: Partial<GPUDevice>): AdapterDescription {
  let info: GPUAdapterInfo | undefined
  try {
    // Some browsers have no `adapterInfo` on the device.
    info = device.adapterInfo
  } catch {
    // As if there were none.
  }
  return {
    vendor: info?.vendor ?? '',
    architecture: info?.architecture ?? '',
    device: info?.device ?? '',
    description: info?.description ?? '',
    isFallbackAdapter: info?.isFallbackAdapter ?? false,
  }
}

export function isSoftware(device: GPUDevice): boolean {
  return describeAdapter(device).isFallbackAdapter
}

/** Tells whether an adapter is SwiftShader, Chromium's software adapter. */
export function isSwiftShader(device: Partial<GPUDevice>): boolean {
  const { vendor, architecture } = describeAdapter(device)
  return vendor === 'google' && architecture === 'swiftshader'
}

const USUAL_WAITING: Deadline = { signals: [], timeLimit: 30_000 }

/**
 * Requests a device with the largest buffers that the adapter allows. Falls back to an adapter in compatibility mode.
 * The caller owns the device. A device that arrives after the deadline is destroyed.
 *
 * @param deadline applies to the adapter, and again to the device
 * @throws UnavailableError when WebGPU, an adapter or a device is missing, or comes too late; the reason of a signal
 */
export async function requestDevice(deadline: Deadline = USUAL_WAITING): Promise<GPUDevice> {
  try {
    return await requestWith(largestLimits, deadline).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error
      // Some drivers report limits that they refuse to grant: retry with the default limits.
      return requestWith(() => ({}), deadline)
    })
  } catch (error) {
    throwIfAborted(deadline.signals)
    if (error instanceof UnavailableError) throw error
    const cause = error instanceof Refusal ? error.cause : error
    throw unavailable(`WebGPU gave no device: ${textOf(cause)}.`, { cause })
  }
}

// Deno 2.9 (wgpu 29) ends the process when `adapterInfo` is read from a device whose adapter was collected. Drop this when it does not.
const adapters = new WeakMap<GPUDevice, GPUAdapter>()

/** An adapter's refusal of a device with the required limits. */
class Refusal extends Error {}

async function requestWith(
  limitsOf: (adapter: GPUAdapter) => Record<string, number>,
  deadline: Deadline,
): Promise<GPUDevice> {
  // Each attempt needs an adapter of its own: an adapter gives one device, and a refused request may consume it.
  const adapter = await requestAdapter(deadline)
  const descriptor = { label: 'webgpu-activations', requiredLimits: limitsOf(adapter) }
  const refused = (cause: unknown): never => {
    throw new Refusal('No device.', { cause })
  }
  const request = async (): Promise<GPUDevice> => adapter.requestDevice(descriptor).catch(refused)
  const device = await within('device', request, deadline, late => late.destroy())
  if (!isDevice(device)) throw unavailable(`WebGPU gave ${show(device)} for a device.`)
  const lost = await lossOf(device)
  if (lost !== undefined) {
    throw unavailable(`WebGPU gave a device that is lost (${lost.reason}: ${lost.message}).`)
  }
  adapters.set(device, adapter)
  return device
}

function webGpu(): GPU | undefined | null {
  return (globalThis as { navigator?: Partial<Navigator> }).navigator?.gpu
}

/** Tells whether the environment has WebGPU, which says nothing of an adapter. */
export function hasWebGpu(): boolean {
  try {
    return webGpu() != null
  } catch {
    // requestDevice throws the error of the getter.
    return true
  }
}

async function requestAdapter(deadline: Deadline): Promise<GPUAdapter> {
  // requestDevice turns an error of this getter into the cause of an UnavailableError.
  const gpu = webGpu()
  if (gpu === undefined || gpu === null) {
    throw new UnavailableError(
      'This environment has no WebGPU: navigator.gpu is missing.',
      "Use a browser with WebGPU over https or on localhost, or npm's webgpu in Node, or processor: 'cpu'.",
    )
  }
  // Compatibility mode serves old devices, such as those of OpenGL ES: the kernels run there within lower limits. A
  // browser without feature levels ignores the option.
  for (const level of [{}, { featureLevel: 'compatibility' }]) {
    const options = { powerPreference: 'high-performance', ...level } as const
    const adapter = await within('adapter', () => gpu.requestAdapter(options), deadline)
    if (adapter) return adapter
  }
  throw unavailable('WebGPU found no adapter.')
}

/** Requires the adapter's largest buffers, and WebGPU's default limits as far as a compatibility adapter has them. */
function largestLimits({ limits }: GPUAdapter): Record<string, number> {
  const { maxBufferSize, maxStorageBufferBindingSize } = limits
  const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX, maxStorageBuffersPerShaderStage } = limits
  return {
    maxBufferSize,
    maxStorageBufferBindingSize,
    maxComputeInvocationsPerWorkgroup: Math.min(256, maxComputeInvocationsPerWorkgroup),
    maxComputeWorkgroupSizeX: Math.min(256, maxComputeWorkgroupSizeX),
    maxStorageBuffersPerShaderStage: Math.min(8, maxStorageBuffersPerShaderStage),
  }
}

/** Awaits a request until the deadline. A result that arrives later is discarded. */
async function within<Value>(
  what: string,
  request: () => Promise<Value>,
  deadline: Deadline,
  discard: (late: Value) => void = () => {},
): Promise<Value> {
  throwIfAborted(deadline.signals)
  const requested = Promise.resolve(request())
  const tooLate = (): Error => unavailable(`WebGPU gave no ${what} within ${deadline.timeLimit / 1000} s.`)
  try {
    return await waitFor(requested, deadline, tooLate)
  } catch (error) {
    void requested.then(discard).catch(() => undefined)
    throw error
  }
}

function unavailable(message: string, options?: ErrorOptions): UnavailableError {
  return new UnavailableError(message, "Check the GPU's driver, or use processor: 'cpu'.", options)
}
