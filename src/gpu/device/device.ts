import { throwIfAborted, type Deadline, waitFor } from '../../support/deadlines.ts'
import { show, textOf, UnavailableError } from '../../support/errors.ts'
import { reading } from '../../support/reading.ts'

/** What a user can know of an adapter: plain values, fit for JSON. */
export interface AdapterDescription {
  /** The vendor, as `'nvidia'`; empty where WebGPU does not say. */
  readonly vendor: string
  /** The family of the GPU, as `'turing'`; empty where WebGPU does not say. */
  readonly architecture: string
  /** The GPU, by the vendor's identifier; empty where WebGPU does not say. */
  readonly device: string
  /** A text of the driver for people; empty where WebGPU does not say. */
  readonly description: string
  /** A software renderer: it computes on the CPU. */
  readonly isFallbackAdapter: boolean
}

/** Whether a value is a GPUDevice as far as can be told; it may come from another realm, or from Node's Dawn. */
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

/** Why a device is lost. */
export interface Loss {
  readonly reason: string
  readonly message: string
}

/**
 * Calls back when a device is lost, whatever its `lost` gives: one that is adopted may be a proxy, or made for a test.
 *
 * @throws InputError when it cannot be waited for
 */
export function whenLost(device: GPUDevice, callback: (loss: Loss) => void): void {
  const onLost = (info: Partial<Loss> | null | undefined): void =>
    callback({ reason: info?.reason ?? 'unknown', message: info?.message ?? '' })
  const onRejected = (error: unknown): void => callback({ reason: 'unknown', message: String(error) })
  reading("The device's loss", () => void device.lost.then(onLost, onRejected))
}

const losses = new WeakMap<GPUDevice, { info: Loss | undefined }>()

/** Why a device is lost, or undefined while it lives. Asynchronous because `lost` is a promise, which says nothing at once. */
export async function lossOf(device: GPUDevice): Promise<Loss | undefined> {
  let loss = losses.get(device)
  if (loss === undefined) {
    // Waited for once: a promise keeps all who wait, and this one lives as long as the device.
    const found: { info: Loss | undefined } = { info: undefined }
    whenLost(device, info => (found.info = info))
    losses.set(device, (loss = found))
    await Promise.resolve()
  }
  await Promise.resolve()
  return loss.info
}

/** Describes the adapter behind a device. */
export function describeAdapter(device: GPUDevice): AdapterDescription {
  const info = infoOf(device)
  return {
    vendor: info?.vendor ?? '',
    architecture: info?.architecture ?? '',
    device: info?.device ?? '',
    description: info?.description ?? '',
    isFallbackAdapter: info?.isFallbackAdapter ?? false,
  }
}

function infoOf(device: Partial<GPUDevice>): GPUAdapterInfo | undefined {
  try {
    // Not every browser has it on the device yet.
    return device.adapterInfo
  } catch {
    return undefined
  }
}

/** Whether the device computes on the CPU. */
export function isSoftware(device: GPUDevice): boolean {
  return describeAdapter(device).isFallbackAdapter
}

const USUAL_WAITING: Deadline = { signals: [], timeLimit: 30_000 }

/**
 * Requests a device with the largest buffers its adapter allows; from an adapter in compatibility mode, where there is no other. The
 * caller owns it. One that arrives when nobody waits any more is destroyed.
 *
 * @param deadline for the adapter, and then for the device as long again
 * @throws UnavailableError when there is no WebGPU, no adapter or no device, or not in time; the reason of a signal
 */
export async function requestDevice(deadline: Deadline = USUAL_WAITING): Promise<GPUDevice> {
  try {
    return await requestWith(largestLimits, deadline).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error
      // Some drivers promise what they do not give.
      return requestWith(() => ({}), deadline)
    })
  } catch (error) {
    throwIfAborted(deadline.signals)
    if (error instanceof UnavailableError) throw error
    const cause = error instanceof Refusal ? error.cause : error
    throw unavailable(`WebGPU gave no device: ${textOf(cause)}.`, { cause })
  }
}

/** An adapter's answer to what was required of its device. */
class Refusal extends Error {}

async function requestWith(
  limitsOf: (adapter: GPUAdapter) => Record<string, number>,
  deadline: Deadline,
): Promise<GPUDevice> {
  // An adapter gives one device, and may be spent by one that it refuses.
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
  return device
}

async function requestAdapter(deadline: Deadline): Promise<GPUAdapter> {
  // What its getter throws is the cause of the error.
  const gpu: GPU | undefined | null = (globalThis as { navigator?: Partial<Navigator> }).navigator?.gpu
  if (gpu === undefined || gpu === null) {
    throw new UnavailableError(
      'This environment has no WebGPU: navigator.gpu is missing.',
      "Use a browser with WebGPU over https or on localhost, or processor: 'cpu'.",
    )
  }
  // The second are old devices, of OpenGL ES say, which lack nothing that a kernel here needs but numbers. A browser that knows no
  // feature levels answers as it did before.
  for (const level of [{}, { featureLevel: 'compatibility' }]) {
    const options = { powerPreference: 'high-performance', ...level } as const
    const adapter = await within('adapter', () => gpu.requestAdapter(options), deadline)
    if (adapter) return adapter
  }
  throw unavailable('WebGPU found no adapter.')
}

/** As large buffers as there are, and what every device has that is not in compatibility mode, as far as the adapter has it. */
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

/** What was requested, unless it takes too long or a signal is aborted: then it is discarded when it comes. */
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
