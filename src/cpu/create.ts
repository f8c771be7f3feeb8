import { type Deadline, waitFor } from '../support/deadlines.ts'
import { LATER_FILES, messageOf } from '../support/errors.ts'
import type { Cpu } from './interface.ts'
import { JavaScriptCpu } from './javascript-cpu.ts'
import type { LoadedKernels } from './wasm/module.ts'

/**
 * Creates the CPU path: WebAssembly kernels, whose code is loaded here, or JavaScript where it cannot be loaded or
 * WebAssembly with SIMD is missing. Nothing remembers a failure to load: another dispatcher may succeed.
 *
 * @param options `worker` requests workers for long arrays; `timeLimit` limits the wait for the code and for the
 * worker's next message, in milliseconds
 */
export async function createCpu(
  options: { readonly worker: boolean | number; readonly timeLimit: number },
  loaded?: LoadedKernels,
): Promise<Cpu> {
  const { timeLimit } = options
  const deadline: Deadline = { signals: [], timeLimit }
  try {
    const tooLate = (): Error => new Error(`that took longer than ${timeLimit} ms`)
    const { createWasmCpu } = await waitFor(import('./wasm-cpu.ts'), deadline, tooLate)
    return await createWasmCpu(options, loaded)
  } catch (error) {
    const reason = `The WebAssembly kernels cannot be loaded: ${messageOf(error).replace(/\.$/, '')}.`
    return new JavaScriptCpu(`${reason} ${LATER_FILES}`)
  }
}
