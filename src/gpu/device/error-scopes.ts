import { GpuError, GpuRefusal } from '../../support/errors.ts'

// In the order in which errors are read: a buffer without memory also causes validation errors.
const FILTERS = ['out-of-memory', 'internal', 'validation'] as const satisfies readonly GPUErrorFilter[]

/**
 * Runs work within error scopes. WebGPU reports errors asynchronously and not by exceptions: without the scopes a
 * refused buffer or dispatch would leave zeros as a result.
 *
 * The work is synchronous because all users of a device share one stack of scopes.
 *
 * @returns the result of the work, and a promise that rejects with a GpuError when the device reported an error
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
