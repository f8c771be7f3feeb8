import * as ort from 'onnxruntime-web/webgpu'
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url'
import type { Candidate } from '../measure.ts'
import { onnxModel } from '../../../demo/peers/onnx-model.ts'
import { onnxOperator } from '../../../demo/peers/onnx-operators.ts'

/** ONNX Runtime Web: a model of one operator for each activation that is one. It has no gradients. */
export async function openOrt(): Promise<Candidate> {
  ort.env.wasm.numThreads = 1
  ort.env.wasm.wasmPaths = { wasm }
  ort.env.logLevel = 'error'
  return {
    description: 'WebGPU execution provider',
    async computationOf(subject) {
      const operator = onnxOperator(subject)
      if (operator === undefined) return undefined
      const { session, onCpu } = await openSession(onnxModel(operator))
      return {
        note: onCpu ? 'on the CPU (WASM): its WebGPU has no such operator' : undefined,
        async forward(x) {
          const { y } = await session.run({ x: new ort.Tensor('float32', x, [x.length]) })
          return (await y!.getData()) as Float32Array
        },
        close: () => session.release(),
      }
    },
  }
}

async function openSession(model: Uint8Array): Promise<{ session: ort.InferenceSession; onCpu: boolean }> {
  const options = { executionProviders: ['webgpu'] }
  try {
    // Without this an operator that WebGPU lacks runs on the CPU silently.
    const extra = { session: { disable_cpu_ep_fallback: '1' } }
    return { session: await ort.InferenceSession.create(model, { ...options, extra }), onCpu: false }
  } catch {
    return { session: await ort.InferenceSession.create(model, options), onCpu: true }
  }
}
