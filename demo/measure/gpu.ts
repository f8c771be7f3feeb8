import type { AdapterDescription } from '../../src/index.ts'
import { sharedDevice } from '../examples/device.ts'
import { messageOf } from '../support/format.ts'
import { within } from '../support/pause.ts'

/** The time limit for an answer of the browser: with a driver that hangs it never comes. */
export const ANSWER_SECONDS = 10
export const NO_ADAPTER_ANSWERED = 'no adapter answered'

/** A device that the page requested. */
export interface Gpu {
  readonly device: GPUDevice
  readonly adapter: AdapterDescription
  /** The reason of a loss; undefined while the device lives. */
  lost(): string | undefined
}

/** Requests the adapter of this browser; `missing` says why there is none. */
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
  // Older browsers lack it.
  const isFallbackAdapter = (info as Partial<GPUAdapterInfo>).isFallbackAdapter ?? false
  return { vendor, architecture, device, description, isFallbackAdapter }
}

/** @throws Error when the device is lost, since a lost device executes nothing and reports no error */
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
    // No caller waits for it any more.
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

const ERROR_FILTERS = ['validation', 'internal', 'out-of-memory'] as const satisfies readonly GPUErrorFilter[]

/** Runs GPU work inside error scopes and awaits them. @throws Error when the device refuses any of it */
export async function scoped<Result>(device: GPUDevice, work: () => Result): Promise<Result> {
  for (const filter of ERROR_FILTERS) device.pushErrorScope(filter)
  let errors: Promise<(GPUError | null)[]>
  let result: Result
  try {
    result = work()
  } finally {
    errors = Promise.all(ERROR_FILTERS.map(() => device.popErrorScope()))
    // If the work throws, nothing awaits them.
    errors.catch(() => undefined)
  }
  for (const error of await errors) {
    if (error !== null) throw new Error(`The device refused the measurement: ${error.message}`)
  }
  return result
}

/** Waits until a device has completed all submitted work. */
export async function untilDone(device: GPUDevice): Promise<void> {
  await polled(device, device.queue.onSubmittedWorkDone())
}

const SHORTEST_PAUSE_MS = 1
// The share of the time waited so far that the next pause takes.
const PAUSE_SHARE = 1 / 16

/**
 * Waits for an answer of a device. Firefox looks for completed work at every submission and else only every 100 ms (Mozilla's bug
 * 1870699), so there empty submissions make it look. To be removed when that bug is fixed.
 */
export async function polled<Answer>(device: GPUDevice, answer: Promise<Answer>): Promise<Answer> {
  if (!navigator.userAgent.includes('Firefox/')) return answer
  const settled = answer.then(
    () => true,
    () => true,
  )
  for (let waited = 0, pauseMs = SHORTEST_PAUSE_MS; ; waited += pauseMs) {
    device.queue.submit([])
    pauseMs = Math.max(SHORTEST_PAUSE_MS, waited * PAUSE_SHARE)
    if (await Promise.race([settled, elapsed(pauseMs)])) return answer
  }
}

async function elapsed(milliseconds: number): Promise<false> {
  await new Promise(resolve => setTimeout(resolve, milliseconds))
  return false
}
