import * as tf from '@tensorflow/tfjs-core'
import { normal } from '../../support/random.ts'
import { drawsOf } from '../seeds.ts'
import type { Compared } from './protocol.ts'

/** Pixels along a side of a digit. */
const SIDE = 8
const CLASSES = 10
const RATE = 0.05

/** The weights: two convolutions of 3 by 3, the first one pooled by 2, and two dense layers. */
const SHAPES = [
  [3, 3, 1, 4],
  [3, 3, 4, 8],
  [(SIDE / 2) ** 2 * 8, 32],
  [32, CLASSES],
] as const

/** A convolutional network on digits of 8 by 8 pixels, in operations of TensorFlow.js. */
export class Network {
  readonly #activation: (x: tf.Tensor) => tf.Tensor
  readonly #weights: readonly tf.Variable[]
  readonly #biases: readonly tf.Variable[]
  readonly #optimizer = tf.train.sgd(RATE)

  /** Draws the weights by He. The same seed gives the same weights. */
  constructor(activation: Compared, seed: number) {
    this.#activation = operationOf(activation)
    const next = normal(drawsOf(seed, 'weights'))
    this.#weights = SHAPES.map(shape => {
      const inputs = shape.slice(0, -1).reduce((product, length) => product * length, 1)
      const size = inputs * shape.at(-1)!
      const values = Float32Array.from({ length: size }, () => Math.sqrt(2 / inputs) * next())
      return tf.variable(tf.tensor(values, [...shape]))
    })
    this.#biases = SHAPES.map(shape => tf.variable(tf.zeros([shape.at(-1)!])))
  }

  /** Goes a step down the gradient of some digits. @returns their loss before it, which is on the GPU */
  train(pixels: tf.Tensor4D, labels: tf.Tensor2D): tf.Scalar {
    const variables = [...this.#weights, ...this.#biases]
    const loss = (): tf.Scalar => tf.losses.softmaxCrossEntropy(labels, this.#classify(pixels))
    return this.#optimizer.minimize(loss, true, variables)!
  }

  dispose(): void {
    tf.dispose([...this.#weights, ...this.#biases])
    this.#optimizer.dispose()
  }

  #classify(pixels: tf.Tensor4D): tf.Tensor {
    const [first, second, third, fourth] = this.#weights as [tf.Variable, tf.Variable, tf.Variable, tf.Variable]
    const biased = (x: tf.Tensor, layer: number): tf.Tensor => tf.add(x, this.#biases[layer]!)
    const convolve = (x: tf.Tensor, weights: tf.Variable, layer: number): tf.Tensor =>
      this.#activation(biased(tf.conv2d(x as tf.Tensor4D, weights as tf.Tensor as tf.Tensor4D, 1, 'same'), layer))
    const pooled = tf.maxPool(convolve(pixels, first, 0) as tf.Tensor4D, 2, 2, 'valid')
    const features = tf.reshape(convolve(pooled, second, 1), [pixels.shape[0], -1])
    const hidden = this.#activation(biased(tf.matMul(features, third), 2))
    return biased(tf.matMul(hidden, fourth), 3)
  }
}

/** Makes tensors of digits. */
export function tensorsOf(
  values: Float32Array,
  labels: Uint8Array,
): { readonly pixels: tf.Tensor4D; readonly labels: tf.Tensor2D } {
  const rows = labels.length
  const classes = new Float32Array(rows * CLASSES)
  labels.forEach((label, row) => (classes[row * CLASSES + label] = 1))
  return { pixels: tf.tensor4d(values, [rows, SIDE, SIDE, 1]), labels: tf.tensor2d(classes, [rows, CLASSES]) }
}

function operationOf(activation: Compared): (x: tf.Tensor) => tf.Tensor {
  switch (activation) {
    case 'relu':
      return tf.relu
    case 'leakyRelu':
      return x => tf.leakyRelu(x, 0.01)
    case 'elu':
      return tf.elu
    case 'selu':
      return tf.selu
    case 'sigmoid':
      return tf.sigmoid
  }
}
