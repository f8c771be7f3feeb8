import type { Activation, Dispatcher } from '../../src/index.ts'
import { normal } from '../support/random.ts'
import type { Dataset } from './dataset.ts'
import { ActivationLayer, BatchNorm, Dense, Dropout, type Layer, type Mode, type Parameter } from './layers.ts'
import { crossEntropy, type Score } from './loss.ts'
import type { BiasChoice, WeightScheme } from './training-setup.ts'
import { drawsOf } from './seeds.ts'

/** The construction of a network. */
export interface NetworkOptions {
  readonly features: number
  readonly classes: number
  readonly width: number
  readonly depth: number
  readonly activation: Activation
  readonly weights: WeightScheme
  readonly gain: number
  readonly bias: BiasChoice
  readonly batchNorm: boolean
  readonly dropout: number
  readonly seed: number
}

const SATURATING = ['sigmoid', 'tanh']

/**
 * A plain classifier: `depth` hidden layers of `width` units, each a dense layer, perhaps batch normalisation, an activation and
 * perhaps dropout; then a dense layer with an output for each class. Equal seeds draw equal numbers for weights, whatever the
 * activation.
 */
export class Network {
  readonly layers: readonly Layer[]
  /** The dense layers, from the first hidden one to the output. */
  readonly dense: readonly Dense[]
  /** The activations of the hidden layers. */
  readonly activations: readonly ActivationLayer[]
  readonly classes: number

  constructor(options: NetworkOptions, dispatcher: Dispatcher) {
    const { features, classes, width, depth, activation, gain, bias, batchNorm, dropout, seed } = options
    // The dispatcher computes arrays of its own without a copy.
    const allocate = (length: number) => dispatcher.allocate(length)
    const next = normal(drawsOf(seed, 'weights'))
    const dropping = drawsOf(seed, 'dropout')
    const scheme =
      options.weights === 'suited' ? (SATURATING.includes(activation.name) ? 'xavier' : 'he') : options.weights
    const makeDense = (inputs: number, outputs: number, factor: number, isFirst: boolean): Dense => {
      const dense = new Dense(inputs, outputs, { isFirst, allocate })
      const deviation = factor * deviationOf(scheme, inputs, outputs)
      const { values } = dense.weights
      for (let i = 0; i < values.length; i++) values[i] = deviation * next()
      return dense
    }

    this.classes = classes
    this.activations = Array.from({ length: depth }, () => new ActivationLayer(activation, width, dispatcher, allocate))
    const hidden = this.activations.map((_, i) => makeDense(i === 0 ? features : width, width, gain, i === 0))
    this.dense = [...hidden, makeDense(width, classes, 1, false)]
    hidden.forEach((dense, i) => {
      if (bias.layers !== 'first' || i === 0) dense.bias.values.fill(bias.value, 0, bias.units)
    })
    this.layers = [
      ...hidden.flatMap((dense, i) => [
        dense,
        ...(batchNorm ? [new BatchNorm(width, allocate)] : []),
        this.activations[i]!,
        ...(dropout > 0 ? [new Dropout(dropout, width, dropping, allocate)] : []),
      ]),
      this.dense.at(-1)!,
    ]
  }

  get parameters(): readonly Parameter[] {
    return this.layers.flatMap(layer => layer.parameters)
  }

  /** Gives all hidden layers another activation, and keeps what has been learned. */
  setActivation(activation: Activation): void {
    for (const layer of this.activations) layer.setActivation(activation)
  }

  /** The logits of examples, a row each. They are valid until the next pass. */
  async forward(x: Float32Array, rows: number, mode: Mode): Promise<Float32Array> {
    let values = x
    for (const layer of this.layers) values = await layer.forward(values, rows, mode)
    return values
  }

  /** The loss of examples, and its gradient in every parameter. */
  async gradients(x: Float32Array, labels: Uint8Array, mode: 'training' | 'probe'): Promise<Score> {
    const logits = await this.forward(x, labels.length, mode)
    const score = crossEntropy(logits, labels, this.classes, logits)
    // Gradients of a network that has diverged are not used, and would cost the most.
    if (!Number.isFinite(score.loss)) return score
    let dy = logits
    for (const layer of this.layers.toReversed()) dy = await layer.backward(dy, labels.length)
    return score
  }

  /** The loss and the accuracy over a set, without dropout. */
  async evaluate({ values, labels, rows }: Dataset): Promise<Score> {
    return crossEntropy(await this.forward(values, rows, 'inference'), labels, this.classes)
  }
}

function deviationOf(scheme: Exclude<WeightScheme, 'suited'>, inputs: number, outputs: number): number {
  if (scheme === 'he') return Math.sqrt(2 / inputs)
  return scheme === 'xavier' ? Math.sqrt(2 / (inputs + outputs)) : Math.sqrt(1 / (3 * inputs))
}
