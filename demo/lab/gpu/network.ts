// In your project: from 'webgpu-activations'.
import type { Activation, Kernels } from '../../../src/index.ts'
import { type Matrix, matrix, transpose } from '../matrix.ts'
import type { Network } from '../network.ts'
import { type Buffers, part, type Programs, type Range, type Recording } from './programs.ts'

/** The tensors of a pass, a row an example: the products of each layer and the activations of each hidden one. */
interface Tensors {
  readonly products: readonly Range[]
  readonly activations: readonly Range[]
}

// Ranges of bindings begin at multiples of 256 bytes.
const WORDS_BETWEEN_PARAMETERS = 64

/**
 * The layers of a network on a GPU: products by a kernel of our own, biases, activations and all gradients of these by the
 * kernels of the library. All parameters lie in one buffer, and their gradients in another one, in the same places.
 */
export class GpuNetwork {
  /** The place of each parameter, in the order of the network's. */
  readonly places: readonly { readonly start: number; readonly length: number }[]
  /** The words of the buffers of parameters, gaps included: these stay 0. */
  readonly words: number
  readonly values: Range
  readonly gradients: Range
  /** The activation of hidden layers. */
  activation: Activation
  readonly #kernels: Kernels
  readonly #programs: Programs
  readonly #buffers: Buffers
  /** A 1. */
  readonly #one: Range
  readonly #layers: readonly { readonly inputs: number; readonly outputs: number }[]

  constructor(
    network: Network,
    activation: Activation,
    { kernels, programs }: { readonly kernels: Kernels; readonly programs: Programs },
    buffers: Buffers,
  ) {
    this.activation = activation
    this.#kernels = kernels
    this.#programs = programs
    this.#buffers = buffers
    this.#layers = network.dense
    let end = 0
    this.places = network.parameters.map(({ values: { length } }) => {
      const start = end
      end += Math.ceil(length / WORDS_BETWEEN_PARAMETERS) * WORDS_BETWEEN_PARAMETERS
      return { start, length }
    })
    this.words = end
    const values = new Float32Array(end)
    network.parameters.forEach((parameter, i) => values.set(parameter.values, this.places[i]!.start))
    this.values = buffers.of(values)
    this.gradients = buffers.words(end)
    this.#one = buffers.of(Float32Array.of(1))
  }

  /** Tensors of a forward pass that a backward pass follows. */
  tensors(rows: number): Tensors {
    const products = this.#layers.map(({ outputs }) => this.#buffers.words(rows * outputs))
    return { products, activations: products.slice(1).map((_, i) => this.#buffers.words(products[i]!.size / 4)) }
  }

  /** Tensors of forward passes alone: all layers have the same. */
  sharedTensors(rows: number): Tensors {
    const widest = Math.max(...this.#layers.map(({ outputs }) => outputs))
    const [products, activations] = [this.#buffers.words(rows * widest), this.#buffers.words(rows * widest)]
    return {
      products: this.#layers.map(({ outputs }) => part(products, rows * outputs)),
      activations: this.#layers.slice(1).map(({ inputs }) => part(activations, rows * inputs)),
    }
  }

  /** The forward pass of examples. The last product has the logits, without {@link outputBias}. */
  forward(x: Range, rows: number, { products, activations }: Tensors): Recording[] {
    return this.#layers.flatMap(({ inputs, outputs }, k) => {
      const product = products[k]!
      const y = activations[k]
      const bias = this.#place(this.values, 2 * k + 1)
      const values = matrix(activations[k - 1] ?? x, rows, inputs)
      const weights = matrix(this.#place(this.values, 2 * k), inputs, outputs)
      const multiply = this.#programs.product(this.#buffers, values, weights, product)
      if (y === undefined) return [multiply]
      return [multiply, pass => this.#kernels.forward(pass, this.activation, { x: product, y, bias })]
    })
  }

  /** The bias of the output layer. */
  get outputBias(): Range {
    return this.#place(this.values, this.places.length - 1)
  }

  /** The backward pass after the forward pass of the same tensors, from dL/dlogits to the gradients of all parameters. */
  backward(x: Range, rows: number, { products, activations }: Tensors, logitGradient: Range): Recording[] {
    const multiply = (a: Matrix<Range>, b: Matrix<Range>, out: Range): Recording =>
      this.#programs.product(this.#buffers, a, b, out)
    const widest = rows * Math.max(...this.#layers.slice(1).map(({ inputs }) => inputs))
    // A layer reads one of them and writes the other one.
    const spare = [this.#buffers.words(widest), this.#buffers.words(widest)]
    const ones = { values: this.#one, rows: 1, columns: rows, rowStride: 0, columnStride: 0 }
    const recordings: Recording[] = []
    let dy = logitGradient
    for (let k = this.#layers.length - 1; k >= 0; k--) {
      const { inputs, outputs } = this.#layers[k]!
      // The gradient of the activation, then in its place that of the product.
      const dx = dy
      const dbias = this.#place(this.gradients, 2 * k + 1)
      if (activations[k] === undefined) {
        recordings.push(multiply(ones, matrix(dx, rows, outputs), dbias))
      } else {
        const bias = this.#place(this.values, 2 * k + 1)
        const bindings = { x: products[k]!, bias, dy: dx, dx, dbias }
        recordings.push(pass => this.#kernels.backward(pass, this.activation, bindings))
      }
      const examples = matrix(activations[k - 1] ?? x, rows, inputs)
      recordings.push(multiply(transpose(examples), matrix(dx, rows, outputs), this.#place(this.gradients, 2 * k)))
      if (k === 0) break
      dy = part(spare[k % 2]!, rows * inputs)
      const weights = matrix(this.#place(this.values, 2 * k), inputs, outputs)
      recordings.push(multiply(matrix(dx, rows, outputs), transpose(weights), dy))
    }
    return recordings
  }

  #place({ buffer }: Range, parameter: number): Range {
    const { start, length } = this.places[parameter]!
    return { buffer, offset: 4 * start, size: 4 * length }
  }
}
