import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'

/** The work of TensorFlow.js on the GPU. */
export interface Work {
  readonly dispatches: number
  /** Of them, those of this library's programs. */
  readonly ours: number
  /** The most bytes that its buffers in use took at once. */
  readonly peakBytes: number
}

/** Counts what a WebGPU backend of TensorFlow.js does from now on. @returns a function that gives the work since its last call */
export function countWork(backend: WebGPUBackend): () => Work {
  let work: Work = { dispatches: 0, ours: 0, peakBytes: 0 }
  const run = backend.runWebGPUProgram.bind(backend)
  // All kernels run their programs by it, each in one dispatch.
  backend.runWebGPUProgram = (program, ...given) => {
    const isOurs = program.shaderKey.startsWith('webgpu-activations')
    const output = run(program, ...given)
    work = {
      dispatches: work.dispatches + 1,
      ours: work.ours + Number(isOurs),
      peakBytes: Math.max(work.peakBytes, (backend.memory() as unknown as { numBytesInGPU: number }).numBytesInGPU),
    }
    return output
  }
  return () => {
    const taken = work
    work = { dispatches: 0, ours: 0, peakBytes: 0 }
    return taken
  }
}
