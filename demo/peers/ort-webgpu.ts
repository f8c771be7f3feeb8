import * as ort from 'onnxruntime-web/webgpu'
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url'
import { openOrt } from './ort.ts'
import type { OpenPeer } from './peer.ts'

// ONNX Runtime looks for this file beside its script. The bundler has moved it.
ort.env.wasm.wasmPaths = { wasm }
ort.env.wasm.numThreads = 1

/** ONNX Runtime Web on WebGPU, on the page's device: it reads the page's buffers and writes into them. */
export const open: OpenPeer = (computations, device) => {
  if (device === undefined) throw new Error('there is no GPU device')
  const options = {
    executionProviders: [{ name: 'webgpu', device } as const],
    // Without this an operator that WebGPU lacks runs on the CPU silently.
    extra: { session: { disable_cpu_ep_fallback: '1' } },
  }
  return openOrt({ peer: 'ort-webgpu', ort, options, device }, computations)
}
