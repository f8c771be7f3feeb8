import type { Started } from './names.ts'

/** A module that has relu on one library. */
interface Library {
  readonly relu: (x: Float32Array<ArrayBuffer>) => Promise<Float32Array>
}

const LIBRARIES: Readonly<Record<Started, () => Promise<Library>>> = {
  'webgpu-activations, WebGPU': () => import('./libraries/webgpu.ts'),
  'webgpu-activations, CPU': () => import('./libraries/cpu.ts'),
  'TensorFlow.js, WebGPU': () => import('./libraries/tfjs-webgpu.ts'),
  'TensorFlow.js, WASM': () => import('./libraries/tfjs-wasm.ts'),
  'TensorFlow.js, CPU': () => import('./libraries/tfjs-cpu.ts'),
  'ONNX Runtime Web, WebGPU': () => import('./libraries/ort-webgpu.ts'),
  'ONNX Runtime Web, WASM': () => import('./libraries/ort-wasm.ts'),
  'jax-js, WebGPU': () => import('./libraries/jax.ts'),
}

declare global {
  interface Window {
    /** Imports a library and has it compute relu: the milliseconds that both took together. Once a page. */
    start?: (started: Started, elements: number) => Promise<number>
  }
}

window.start = async (started, elements) => {
  const x = new Float32Array(elements).map((_, i) => (i % 2 === 0 ? 1 + i : -i))
  const start = performance.now()
  const library = await LIBRARIES[started]()
  const y = await library.relu(x)
  const elapsed = performance.now() - start
  const wrong = x.findIndex((value, i) => y[i] !== Math.max(value, 0))
  if (wrong >= 0) throw new Error(`relu(${x[wrong]}) is ${y[wrong]}`)
  return elapsed
}
