import { UnavailableError } from '../errors.ts'
import { type AdapterDescription, describeAdapter, lossOf, requestDevice } from '../gpu/device.ts'
import type { CheckedOptions } from './options.ts'

/** Where a dispatcher computes, and why there. */
export interface Processor {
  /** Undefined: the CPU. */
  readonly device: GPUDevice | undefined
  /** Whether the device was requested here, and is to be destroyed with the dispatcher. */
  readonly owned: boolean
  readonly adapter: AdapterDescription | null
  readonly reason: string
  /** Shorter arrays stay on the CPU. */
  readonly shortest: number
}

// With 'auto' an array has to make up for its trip to the GPU and back. Provisional: not measured on hardware yet.
const WORTH_THE_TRIP = 2 ** 20
const CPU = { device: undefined, owned: false, adapter: null, shortest: 0 } as const

/** Finds the processor that the options ask for. @throws UnavailableError with `processor: 'webgpu'` */
export async function chooseProcessor({ processor, device: adopted }: CheckedOptions): Promise<Processor> {
  if (processor === 'cpu') return { ...CPU, reason: "processor: 'cpu' was asked for." }
  let device: GPUDevice
  try {
    device = adopted ?? (await requestDevice())
    await checkLive(device)
  } catch (error) {
    if (processor === 'webgpu' || !(error instanceof UnavailableError)) throw error
    return { ...CPU, reason: error.message }
  }
  const owned = adopted === undefined
  const adapter = describeAdapter(device)
  const name = adapter.description || adapter.device || adapter.architecture || adapter.vendor || 'unnamed'
  if (processor === 'webgpu') {
    return { device, owned, adapter, shortest: 0, reason: `processor: 'webgpu' was asked for; the adapter is ${name}.` }
  }
  if (adapter.isFallbackAdapter) {
    if (owned) device.destroy()
    return { ...CPU, adapter, reason: `The adapter is a software one (${name}): the CPU does without the trip.` }
  }
  const reason = `The adapter is ${name}. Arrays shorter than ${WORTH_THE_TRIP} elements stay on the CPU.`
  return { device, owned, adapter, shortest: WORTH_THE_TRIP, reason }
}

async function checkLive(device: GPUDevice): Promise<void> {
  const lost = await lossOf(device)
  if (lost === undefined) return
  throw new UnavailableError(
    `The device is lost (${lost.reason}: ${lost.message}).`,
    'Give a live one, or leave it out.',
  )
}
