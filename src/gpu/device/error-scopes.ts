import { GpuError, GpuRefusal } from '../../support/errors.ts'

// In the order in which they are read: what has no memory is not valid either.
const FILTERS = ['out-of-memory', 'internal', 'validation'] as const satisfies readonly GPUErrorFilter[]

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
  let open = 0
  let result: Result
  try {
    for (const filter of FILTERS) {
      device.pushErrorScope(filter)
      open++
    }
    result = work()
  } finally {
    for (; open > 0; open--) scopes.unshift(popErrorScope(device))
    void Promise.allSettled(scopes)
  }
  return [result, accepted(what, scopes)]
}

async function popErrorScope(device: GPUDevice): Promise<GPUError | null> {
  return device.popErrorScope()
}

async function accepted(what: string, scopes: readonly Promise<GPUError | null>[]): Promise<void> {
  for (const [i, outcome] of (await Promise.allSettled(scopes)).entries()) {
    if (outcome.status === 'rejected') {
      throw new GpuError(`The device failed at ${what}: ${String(outcome.reason)}.`, { cause: outcome.reason })
    }
    if (outcome.value === null) continue
    const code = FILTERS[i] === 'out-of-memory' ? 'out-of-memory' : 'gpu-failure'
    throw new GpuRefusal(`The device refused ${what}: ${outcome.value.message}`, { cause: outcome.value }, code)
  }
}
