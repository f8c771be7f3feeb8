import type { Processor } from './choices.ts'

/** The libraries to compare with: the name in rows, the title on the page, and the processor. */
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
