import * as tf from '@tensorflow/tfjs-core'
// Its backends and its gradients register themselves.
// oxlint-disable-next-line import/no-unassigned-import
import '@tensorflow/tfjs-backend-webgpu'
// oxlint-disable-next-line import/no-unassigned-import
import '@tensorflow/tfjs-core/dist/register_all_gradients'
import type { Candidate } from '../measure.ts'
import type { Subject } from '../subjects.ts'

type Op = (x: tf.Tensor) => tf.Tensor

/** TensorFlow.js on its WebGPU backend, eagerly; gradients by tf.grad. */
export async function openTfjs(): Promise<Candidate> {
  if (!(await tf.setBackend('webgpu'))) throw new Error('TensorFlow.js has no WebGPU here')
  await tf.ready()
  // Else small arrays are computed in JavaScript.
  tf.env().set('WEBGPU_CPU_FORWARD', false)
  return {
    description: 'WebGPU backend',
    async computationOf(subject) {
      const op = opOf(subject)
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

function opOf({ name, parameters }: Subject): Op | undefined {
  const number = (key: string, fallback: number): number => Number(parameters[key] ?? fallback)
  switch (name) {
    case 'relu':
      return tf.relu
    case 'relu6':
      return tf.relu6
    case 'leakyRelu':
      return x => tf.leakyRelu(x, number('alpha', 0.01))
    case 'prelu':
      return x => tf.prelu(x, tf.scalar(number('alpha', 0.25)))
    case 'elu':
      return number('alpha', 1) === 1 ? tf.elu : undefined
    case 'selu':
      return tf.selu
    case 'sigmoid':
      return tf.sigmoid
    case 'logSigmoid':
      return tf.logSigmoid
    case 'tanh':
      return tf.tanh
    case 'softplus':
      return number('beta', 1) === 1 ? tf.softplus : undefined
    case 'hardTanh':
      return x => tf.clipByValue(x, number('minValue', -1), number('maxValue', 1))
    case 'step':
      return x => tf.step(x)
    default:
      return undefined
  }
}
