import { inErrorScopes } from '../../src/gpu/device/error-scopes.ts'
import { poll } from '../../src/gpu/device/polling.ts'
import type { AdapterDescription } from '../../src/index.ts'
import { sharedDevice } from '../examples/device.ts'
import { within } from '../support/pause.ts'

/** How long a browser may take to answer: a driver that hangs never does. */
export const ANSWER_SECONDS = 10
export const NO_ADAPTER_ANSWERED = 'no adapter answered'

/** A device of the page's own. */
export interface Gpu {
  readonly device: GPUDevice
  readonly adapter: AdapterDescription
  /** Why the device is gone, once it is. */
  lost(): string | undefined
}

/** The adapter this browser offers, or in words why there is none. */
export async function findAdapter(): Promise<{ adapter: GPUAdapter } | { missing: string }> {
  const gpu = (navigator as Partial<Navigator>).gpu
  if (gpu === undefined) {
    const reason = isSecureContext ? 'this browser has no WebGPU' : 'WebGPU needs https or localhost'
    return { missing: reason }
  }
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
    return adapter === null ? { missing: 'this browser found no GPU adapter' } : { adapter }
  } catch (error) {
    return { missing: `WebGPU failed: ${messageOf(error)}` }
  }
}

export function describe({ info }: GPUAdapter): AdapterDescription {
  const { vendor, architecture, device, description } = info
  // Not every browser has it yet.
  const isFallbackAdapter = (info as Partial<GPUAdapterInfo>).isFallbackAdapter ?? false
  return { vendor, architecture, device, description, isFallbackAdapter }
}

/** @throws Error when the device is lost: it carries out nothing then, and reports no error */
export function assertAlive(gpu: Gpu): void {
  const lost = gpu.lost()
  if (lost !== undefined) throw new Error(lost)
}

/** Requests a device that other libraries can share, with the largest buffers that its adapter allows. @throws Stopped, or an Error that says why not */
export async function openGpu(signal: AbortSignal): Promise<Gpu> {
  const found = await within(ANSWER_SECONDS, findAdapter(), NO_ADAPTER_ANSWERED, signal)
  if ('missing' in found) throw new Error(found.missing)
  const requested = found.adapter.requestDevice({ label: 'throughput page', ...sharedDevice(found.adapter) })
  let device: GPUDevice
  try {
    device = await within(ANSWER_SECONDS, requested, 'no device answered', signal)
  } catch (error) {
    // Nobody waits for it any more.
    requested.then(
      late => late.destroy(),
      () => undefined,
    )
    throw error
  }
  let lost: string | undefined
  void device.lost.then(({ reason, message }) => {
    lost = `the GPU device was lost (${message === '' ? reason : message})`
  })
  return { device, adapter: describe(found.adapter), lost: () => lost }
}

/** Does GPU work inside error scopes, and waits for the device's word on it. @throws GpuError when it refuses any of it */
export async function scoped<Result>(device: GPUDevice, work: () => Result): Promise<Result> {
  const [result, accepted] = inErrorScopes(device, 'the measurement', work)
  await accepted
  return result
}

/** Waits until a device has done all that was submitted to it, and in Firefox not up to 100 ms longer. */
export async function untilDone(device: GPUDevice): Promise<void> {
  const done = device.queue.onSubmittedWorkDone()
  poll(device, done)
  await done
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
