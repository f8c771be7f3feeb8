import { LATER_FILES, messageOf, UnavailableError } from '../support/errors.ts'
import { type Deadline, waitFor } from '../support/deadlines.ts'

/** The code that a dispatcher needs on a GPU alone, which is loaded when it requests or adopts a device. */
type GpuPart = typeof import('./on-gpu.ts')

let loaded: GpuPart | undefined

/**
 * Loads the code for the GPU. Nothing remembers a failure: another dispatcher may succeed.
 *
 * @throws UnavailableError (by rejection) where it cannot be loaded in time; the reason of a signal
 */
export async function loadGpuPart(deadline: Deadline): Promise<GpuPart> {
  if (loaded !== undefined) return loaded
  try {
    const tooLate = (): Error => new Error(`that took longer than ${deadline.timeLimit} ms`)
    return (loaded = await waitFor(import('./on-gpu.ts'), deadline, tooLate))
  } catch (cause) {
    for (const signal of deadline.signals) if (signal.aborted) throw signal.reason
    const message = `The code for the GPU cannot be loaded: ${messageOf(cause).replace(/\.$/, '')}.`
    throw new UnavailableError(message, LATER_FILES, { cause })
  }
}

/** The code for the GPU, of which every dispatcher with a device has waited for. */
export function gpuPart(): GpuPart {
  return loaded!
}
