import { createCpu } from '../cpu/create.ts'
import { OnDemandCpu } from '../cpu/on-demand.ts'
import type { LoadedKernels } from '../cpu/wasm/module.ts'
import { throwIfAborted, unlessAborted } from '../support/deadlines.ts'
import { CheckedDispatcher, destroyed } from './dispatcher.ts'
import type { Dispatcher } from './interface.ts'
import { type CheckedOptions, type DispatcherOptions, readOptions } from './options.ts'
import { chooseProcessor } from './processor.ts'

/**
 * Creates a dispatcher, which computes arrays on WebGPU or on the CPU, compares GPU results with the CPU reference, and
 * answers from the CPU when the GPU fails or differs.
 *
 * @throws InputError (by rejection) for an unknown option, and for an invalid value of an option
 * @throws UnavailableError (by rejection) with `processor: 'webgpu'` where there is no WebGPU, no adapter or no device
 * @throws the reason (by rejection) of an aborted `signal`
 */
export async function createDispatcher(options?: DispatcherOptions): Promise<Dispatcher> {
  return createDispatcherWith(options)
}

/** @internal Creates a dispatcher with other CPU kernels, or without any. */
export async function createDispatcherWith(
  options: DispatcherOptions | undefined,
  kernels?: LoadedKernels,
): Promise<Dispatcher> {
  const checked = readOptions(options)
  const signals = checked.signal === undefined ? [] : [checked.signal]
  throwIfAborted(signals)
  const creating = create(checked, signals, kernels)
  try {
    return await unlessAborted(creating, signals)
  } catch (error) {
    // The dispatcher may arrive after the rejection.
    creating.then(
      dispatcher => dispatcher.destroy(),
      () => undefined,
    )
    throw error
  }
}

async function create(
  options: CheckedOptions,
  signals: readonly AbortSignal[],
  kernels: LoadedKernels | undefined,
): Promise<CheckedDispatcher> {
  const createNow = (): ReturnType<typeof createCpu> => createCpu(options, kernels)
  // Where the GPU is asked for, the CPU may never compute. Workers take their time to start, so they start at once.
  const isOnDemand = options.processor === 'webgpu' && options.worker === false
  const creating = isOnDemand ? Promise.resolve(new OnDemandCpu(createNow)) : createNow()
  try {
    const processor = await chooseProcessor(options, { signals, timeLimit: options.timeLimit })
    return new CheckedDispatcher(options, processor, await creating)
  } catch (error) {
    // The CPU may have started a worker.
    void creating.then(
      cpu => cpu.destroy(destroyed()),
      () => undefined,
    )
    throw error
  }
}
