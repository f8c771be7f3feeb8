import * as tf from '@tensorflow/tfjs-core'
import { gelu, hardSwish, mish, silu, swiglu } from '../../src/index.ts'
import { applyActivation } from '../../src/tensorflow.ts'

/** An operation of TensorFlow.js; alpha is the slopes of prelu. */
export type Operation = (x: tf.Tensor, alpha: tf.Tensor) => tf.Tensor

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  relu: tf.relu,
  relu6: tf.relu6,
  leakyRelu: x => tf.leakyRelu(x, 0.2),
  prelu: (x, alpha) => tf.prelu(x, alpha),
  elu: tf.elu,
  selu: tf.selu,
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  softplus: tf.softplus,
  gelu: x => applyActivation(tf, gelu(), x),
  geluTanh: x => applyActivation(tf, gelu({ approximate: 'tanh' }), x),
  silu: x => applyActivation(tf, silu(), x),
  mish: x => applyActivation(tf, mish(), x),
  hardSwish: x => applyActivation(tf, hardSwish(), x),
  'swiglu of x and x': x => applyActivation(tf, swiglu(), x, x),
}

export const OPERATION_NAMES: readonly string[] = Object.keys(OPERATIONS)
