import * as tf from '@tensorflow/tfjs-core'
// The modules register backends and gradients.
// oxlint-disable-next-line import/no-unassigned-import
import '@tensorflow/tfjs-backend-webgpu'
// oxlint-disable-next-line import/no-unassigned-import
import '@tensorflow/tfjs-core/dist/register_all_gradients'
import type { Candidate } from '../measure.ts'
import { tfjsOperator } from '../../../demo/peers/tfjs-operators.ts'

/** TensorFlow.js on its WebGPU backend, eagerly; gradients by tf.grad. */
export async function openTfjs(): Promise<Candidate> {
  if (!(await tf.setBackend('webgpu'))) throw new Error('TensorFlow.js has no WebGPU here')
  await tf.ready()
  // Without this it computes small arrays in JavaScript.
  tf.env().set('WEBGPU_CPU_FORWARD', false)
  return {
    description: 'WebGPU backend',
    async computationOf(subject) {
      const op = tfjsOperator(subject)
      return (
        op && {
          forward: x => read(() => op(tf.tensor1d(x))),
          backward: (x, dy) => read(() => tf.grad(op)(tf.tensor1d(x), tf.tensor1d(dy))),
        }
      )
    },
  }
}

async function read(compute: () => tf.Tensor): Promise<Float32Array> {
  const result = tf.tidy(compute)
  try {
    return Float32Array.from(await result.data())
  } finally {
    result.dispose()
  }
}
