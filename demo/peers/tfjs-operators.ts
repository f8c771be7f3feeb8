import * as tf from '@tensorflow/tfjs-core'
import { seluParameters, type Subject } from './subject.ts'

/** The operator of TensorFlow.js for an activation, on the backend that is set; undefined where it has none. */
export function tfjsOperator(subject: Subject): ((x: tf.Tensor) => tf.Tensor) | undefined {
  const { name, parameters } = subject
  const number = (key: string, fallback: number): number => Number(parameters[key] ?? fallback)
  switch (name) {
    case 'relu':
      return tf.relu
    case 'relu6':
      return tf.relu6
    case 'leakyRelu':
      return x => tf.leakyRelu(x, number('alpha', 0.01))
    case 'prelu': {
      const alpha = tf.keep(tf.scalar(number('alpha', 0.25)))
      return x => tf.prelu(x, alpha)
    }
    case 'elu':
      return number('alpha', 1) === 1 ? tf.elu : undefined
    case 'selu':
      return seluParameters(subject).isUsual ? tf.selu : undefined
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
    case 'clamp':
      return x => tf.clipByValue(x, number('minValue', -Infinity), number('maxValue', Infinity))
    case 'step':
      return x => tf.step(x)
    default:
      return undefined
  }
}
