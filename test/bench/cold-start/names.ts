/** The libraries that are started, each on a processor. Ours is bundled as an app would bundle it. */
export const STARTED = [
  'webgpu-activations, WebGPU',
  'webgpu-activations, CPU',
  'TensorFlow.js, WebGPU',
  'TensorFlow.js, WASM',
  'TensorFlow.js, CPU',
  'ONNX Runtime Web, WebGPU',
  'ONNX Runtime Web, WASM',
  'jax-js, WebGPU',
] as const
export type Started = (typeof STARTED)[number]
