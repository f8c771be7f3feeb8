import * as tf from '@tensorflow/tfjs-core'

/** TensorFlow.js on a backend that is registered. */
export async function reluOn(backend: string, x: Float32Array): Promise<Float32Array> {
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no ${backend} here`)
  await tf.ready()
  return (await tf.relu(tf.tensor1d(x)).data()) as Float32Array
}
