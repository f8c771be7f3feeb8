import type { Processor } from './choices.ts'

/** The libraries that one would use instead: as rows name them, as the page does, and what they run on. */
export const PEERS = [
  { name: 'tfjs-webgpu', title: 'TensorFlow.js, WebGPU', processor: 'webgpu' },
  { name: 'ort-webgpu', title: 'ONNX Runtime Web, WebGPU', processor: 'webgpu' },
  { name: 'jax-js', title: 'jax-js, WebGPU', processor: 'webgpu' },
  { name: 'tfjs-wasm', title: 'TensorFlow.js, WASM', processor: 'cpu' },
  { name: 'tfjs-cpu', title: 'TensorFlow.js, CPU', processor: 'cpu' },
  { name: 'ort-wasm', title: 'ONNX Runtime Web, WASM', processor: 'cpu' },
] as const satisfies readonly { name: string; title: string; processor: Processor }[]

export type PeerName = (typeof PEERS)[number]['name']

export const PEER_NAMES: readonly PeerName[] = PEERS.map(({ name }) => name)
