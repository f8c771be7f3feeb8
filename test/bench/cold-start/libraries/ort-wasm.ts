import * as ort from 'onnxruntime-web/wasm'
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url'
import { reluOn } from './ort.ts'

export const relu = (x: Float32Array): Promise<Float32Array> => reluOn(ort, 'wasm', wasm, x)
