import * as ort from 'onnxruntime-web/wasm'
import mjs from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url'
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url'
import { openOrt } from './ort.ts'
import type { OpenPeer } from './peer.ts'

// ONNX Runtime looks for these files beside its script. The bundler has moved them. Its threads run the script.
ort.env.wasm.wasmPaths = { wasm, mjs }

/** ONNX Runtime Web in WebAssembly with SIMD. Its number of threads is settled by the first session. */
export const open: OpenPeer = (computations, _, threads) => {
  ort.env.wasm.numThreads = threads
  return openOrt({ peer: 'ort-wasm', ort, options: { executionProviders: ['wasm'] } }, computations)
}
