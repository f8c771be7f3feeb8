import type { Deadline } from '../support/deadlines.ts'
import { UnavailableError } from '../support/errors.ts'
import { type AdapterDescription, describeAdapter, hasWebGpu, lossOf, requestDevice } from '../gpu/device/device.ts'
import type { Call } from './calls.ts'
import type { Crossover } from './crossover.ts'
import { gpuPart, loadGpuPart } from './gpu-part.ts'
import type { CheckedOptions } from './options.ts'

export interface ProcessorChoice {
  readonly device: GPUDevice | undefined
  /** True if the dispatcher requested the device, and destroys it. */
  readonly owned: boolean
  readonly adapter: AdapterDescription | null
  readonly reason: string
  /** The choice of calls for the device; undefined where it takes all. */
  readonly crossover: Crossover | undefined
}

const CPU = { device: undefined, owned: false, adapter: null, crossover: undefined } as const

/**
 * Chooses the processor by the options.
 *
 * @throws UnavailableError with `processor: 'webgpu'` where there is no device; the reason of an aborted signal
 */
export async function chooseProcessor(options: CheckedOptions, deadline: Deadline): Promise<ProcessorChoice> {
  const { processor, device: adopted, tune } = options
  if (processor === 'cpu') return { ...CPU, reason: "processor: 'cpu' was asked for." }
  let device: GPUDevice
  try {
    device = await readyDevice(adopted, deadline)
  } catch (error) {
    if (processor === 'webgpu' || !(error instanceof UnavailableError)) throw error
    return { ...CPU, reason: error.message }
  }
  const owned = adopted === undefined
  const adapter = describeAdapter(device)
  const name = adapter.description || adapter.device || adapter.architecture || adapter.vendor || 'unnamed'
  if (processor === 'webgpu') {
    const reason = `processor: 'webgpu' was asked for; the adapter is ${name}.`
    return { device, owned, adapter, crossover: undefined, reason }
  }
  if (adapter.isFallbackAdapter) {
    if (owned) device.destroy()
    return { ...CPU, adapter, reason: `The adapter is a software one (${name}): the CPU computes without transfers.` }
  }
  const { Crossover, kernelCosts, roundTripCosts, USUAL_CROSSOVER } = gpuPart()
  const costs = {
    roundTrip: () => roundTripCosts(device, options.timeLimit),
    kernel: (call: Call<unknown>) => kernelCosts(call, options),
  }
  const shortest = tune ? "the report's crossover" : `${USUAL_CROSSOVER} elements`
  const reason = `The adapter is ${name}. Arrays shorter than ${shortest} stay on the CPU.`
  return { device, owned, adapter, crossover: new Crossover(tune ? costs : undefined), reason }
}

/** Returns a live device, the adopted one or a new one, with the code for it loaded. @throws as {@link chooseProcessor} */
async function readyDevice(adopted: GPUDevice | undefined, deadline: Deadline): Promise<GPUDevice> {
  // Beside the request for a device, which takes about as long.
  const loading = adopted !== undefined || hasWebGpu() ? loadGpuPart(deadline) : undefined
  loading?.catch(() => undefined)
  const device = adopted ?? (await requestDevice(deadline))
  try {
    await checkLive(device)
    await loading
    return device
  } catch (error) {
    if (adopted === undefined) device.destroy()
    throw error
  }
}

async function checkLive(device: GPUDevice): Promise<void> {
  const lost = await lossOf(device)
  if (lost === undefined) return
  throw new UnavailableError(
    `The device is lost (${lost.reason}: ${lost.message}).`,
    'Give a live one, or leave it out.',
  )
}
