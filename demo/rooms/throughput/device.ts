import { ANSWER_SECONDS, type Gpu, NO_ADAPTER_ANSWERED, openGpu } from '../../measure/gpu.ts'
import { missingWebgpu, type Surroundings } from '../../shell/environment.ts'
import type { Shell } from '../../shell/room.ts'
import type { Processor } from '../../state/choices.ts'
import { messageOf } from '../../support/format.ts'
import { Stopped, within } from '../../support/pause.ts'

/** Waits for the adapter, up to a time limit. @throws Stopped */
export async function waitForSurroundings(shell: Shell, signal: AbortSignal): Promise<Surroundings> {
  try {
    return await within(ANSWER_SECONDS, shell.surroundings, NO_ADAPTER_ANSWERED, signal)
  } catch (error) {
    if (error instanceof Stopped) throw error
    const found = { adapter: null, missing: messageOf(error) }
    shell.notify('webgpu', missingWebgpu(found.missing))
    return found
  }
}

/** The available processors. @throws Error when there is none */
export function withoutMissing(
  processors: readonly Processor[],
  { adapter, missing }: Surroundings,
): readonly Processor[] {
  const there = processors.filter(processor => processor === 'cpu' || adapter !== null)
  if (there.length === 0) throw new Error(`WebGPU alone is chosen, and ${missing}. Choose the CPU, too.`)
  return there
}

/**
 * Opens a device, or returns the reason why there is none. Notices tell of a refusal and of a loss.
 *
 * @param isRunning tells whether the run that needs the device goes on
 * @throws Stopped
 */
export async function openDevice(
  processors: readonly Processor[],
  shell: Shell,
  isRunning: () => boolean,
  signal: AbortSignal,
): Promise<Gpu | { readonly refused: string }> {
  const others = processors.includes('cpu') ? ', those of the CPU go on' : ''
  try {
    const gpu = await openGpu(signal)
    void gpu.device.lost.then(() => {
      if (!isRunning()) return
      const text = `${gpu.lost()}: its rows fail from here on${others}.`
      shell.notify('device', text[0]!.toUpperCase() + text.slice(1))
    })
    return gpu
  } catch (error) {
    if (error instanceof Stopped) throw error
    const refused = `there is no GPU device (${messageOf(error)})`
    shell.notify('device', `T${refused.slice(1)}: the rows of WebGPU fail${others}.`)
    return { refused }
  }
}
