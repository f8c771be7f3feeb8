// In your project: from 'webgpu-activations'.
import { type Activation, type Kernels, leakyRelu } from '../../../src/index.ts'
import { matrix, transpose } from '../matrix.ts'
import type { Network } from '../network.ts'
import { type Buffers, part, type Programs, type Range, type Recording } from './programs.ts'

/** The layer of the outputs has no activation: only its bias is added, and the gradient of that summed up. */
export const IDENTITY = leakyRelu({ alpha: 1 })

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
  /** Where each parameter lies, in the order of the network's. */
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

  /** The forward pass of examples. Logits are the last product. */
  forward(x: Range, rows: number, { products, activations }: Tensors): Recording[] {
    return this.#layers.flatMap(({ inputs, outputs }, k) => {
      const product = products[k]!
      const y = activations[k] ?? product
      const bias = this.#place(this.values, 2 * k + 1)
      const values = matrix(activations[k - 1] ?? x, rows, inputs)
      const weights = matrix(this.#place(this.values, 2 * k), inputs, outputs)
      return [
        this.#programs.product(this.#buffers, values, weights, product),
        pass => this.#kernels.forward(pass, this.#activationOf(k), { x: product, y, bias }),
      ]
    })
  }

  /** The backward pass after the forward pass of the same tensors, from dL/dlogits to the gradients of all parameters. */
  backward(x: Range, rows: number, { products, activations }: Tensors, logitGradient: Range): Recording[] {
    const widest = Math.max(...this.#layers.map(({ inputs, outputs }, k) => Math.max(k === 0 ? 0 : inputs, outputs)))
    // A layer reads one of them and writes the other one.
    const spare = [this.#buffers.words(rows * widest), this.#buffers.words(rows * widest)]
    let dy = logitGradient
    return this.#layers
      .map((layer, k) => ({ ...layer, k }))
      .toReversed()
      .flatMap(({ inputs, outputs, k }) => {
        const product = products[k]!
        const isOutput = k === activations.length
        const bias = isOutput ? undefined : this.#place(this.values, 2 * k + 1)
        const dbias = this.#place(this.gradients, 2 * k + 1)
        const dx = dy
        const examples = transpose(matrix(activations[k - 1] ?? x, rows, inputs))
        const recordings: Recording[] = [
          pass => this.#kernels.backward(pass, this.#activationOf(k), { x: product, bias, dy: dx, dx, dbias }),
          this.#programs.product(
            this.#buffers,
            examples,
            matrix(dx, rows, outputs),
            this.#place(this.gradients, 2 * k),
          ),
        ]
        if (k === 0) return recordings
        dy = part(spare[k % 2]!, rows * inputs)
        const weights = transpose(matrix(this.#place(this.values, 2 * k), inputs, outputs))
        return [...recordings, this.#programs.product(this.#buffers, matrix(dx, rows, outputs), weights, dy)]
      })
  }

  #activationOf(layer: number): Activation {
    return layer === this.#layers.length - 1 ? IDENTITY : this.activation
  }

  #place({ buffer }: Range, parameter: number): Range {
    const { start, length } = this.places[parameter]!
    return { buffer, offset: 4 * start, size: 4 * length }
  }
}
