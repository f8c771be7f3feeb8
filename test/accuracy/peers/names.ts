/** The libraries to compare with, as the command line and the table name them. */
export const PEERS = ['tfjs', 'ort', 'jax-js'] as const
export type PeerName = (typeof PEERS)[number]

export const TITLES: Readonly<Record<PeerName, string>> = {
  tfjs: 'TensorFlow.js',
  ort: 'ONNX Runtime Web',
  'jax-js': 'jax-js',
}

/** The package of each library. */
export const PACKAGES: Readonly<Record<PeerName, string>> = {
  tfjs: '@tensorflow/tfjs-backend-webgpu',
  ort: 'onnxruntime-web',
  'jax-js': '@jax-js/jax',
}
