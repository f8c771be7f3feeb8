import { GpuError } from '../errors.ts'

const FILTERS: readonly GPUErrorFilter[] = ['internal', 'out-of-memory', 'validation']

/**
 * Does work on a device and says whether the device took it. WebGPU reports nothing by exception: without this a refused
 * buffer or dispatch leaves zeros behind.
 *
 * The work is synchronous because scopes are a stack that every user of the device shares.
 *
 * @returns what the work returned, and a promise that rejects with a GpuError when the device objected to any of it
 */
export function inErrorScopes<Result>(device: GPUDevice, what: string, work: () => Result): [Result, Promise<void>] {
  const scopes: Promise<GPUError | null>[] = []
  for (const filter of FILTERS) device.pushErrorScope(filter)
  let result: Result
  try {
    result = work()
  } finally {
    for (const _ of FILTERS) scopes.push(device.popErrorScope())
    void Promise.allSettled(scopes)
  }
  return [result, accepted(what, scopes)]
}

async function accepted(what: string, scopes: readonly Promise<GPUError | null>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(scopes)) {
    if (outcome.status === 'rejected') {
      throw new GpuError(`The device failed at ${what}: ${String(outcome.reason)}.`, { cause: outcome.reason })
    }
    if (outcome.value !== null)
      throw new GpuError(`The device refused ${what}: ${outcome.value.message}`, { cause: outcome.value })
  }
}
