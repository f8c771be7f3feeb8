import * as ort from 'onnxruntime-web/webgpu'
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url'
import { reluOn } from './ort.ts'

export const relu = (x: Float32Array): Promise<Float32Array> => reluOn(ort, 'webgpu', wasm, x)
