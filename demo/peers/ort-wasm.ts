import * as ort from 'onnxruntime-web/wasm'
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url'
import { openOrt } from './ort.ts'
import type { OpenPeer } from './peer.ts'

// ONNX Runtime looks for this file beside its script. The bundler has moved it.
ort.env.wasm.wasmPaths = { wasm }
ort.env.wasm.numThreads = 1

/** ONNX Runtime Web on one thread of WebAssembly with SIMD. */
export const open: OpenPeer = computations =>
  openOrt({ peer: 'ort-wasm', ort, options: { executionProviders: ['wasm'] } }, computations)
