import { type Activation, type Dispatcher, prelu } from '../../src/index.ts'
import { matrix, multiply, transpose } from './matrix.ts'

/**
 * `training`: statistics of the batch, which the layer remembers, and dropout. `probe`: statistics of the batch, nothing is
 * remembered or dropped. `inference`: the remembered statistics; no backward pass may follow.
 */
export type Mode = 'training' | 'probe' | 'inference'

/** Values that are learned, and the gradient of the loss after a backward pass. */
export interface Parameter {
  readonly values: Float32Array
  readonly gradients: Float32Array
}

/** A layer of a network. Tensors have a row for each example; arrays belong to the layer and are overwritten by its next pass. */
export interface Layer {
  readonly parameters: readonly Parameter[]
  forward(x: Float32Array, rows: number, mode: Mode): Promise<Float32Array>
  /** Returns dL/dx for dL/dy, which it may overwrite, and writes the gradients of the parameters. */
  backward(dy: Float32Array, rows: number): Promise<Float32Array>
}

type Allocate = (length: number) => Float32Array

/** An array that grows with the number of rows. */
class Rows {
  readonly columns: number
  readonly #allocate: Allocate
  #array: Float32Array

  constructor(columns: number, allocate: Allocate) {
    this.columns = columns
    this.#allocate = allocate
    this.#array = new Float32Array(0)
  }

  take(rows: number): Float32Array {
    const length = rows * this.columns
    if (this.#array.length < length) this.#array = this.#allocate(length)
    return this.#array.length === length ? this.#array : this.#array.subarray(0, length)
  }
}

/** y = x * weights + bias. */
export class Dense implements Layer {
  /** `inputs` rows of `outputs` values. */
  readonly weights: Parameter
  readonly bias: Parameter
  readonly parameters: readonly Parameter[]
  readonly inputs: number
  readonly outputs: number
  readonly #isFirst: boolean
  readonly #y: Rows
  readonly #dx: Rows
  #x: Float32Array = new Float32Array(0)

  /** @param isFirst true where dL/dx is not needed: it is a third of the work */
  constructor(inputs: number, outputs: number, { isFirst, allocate }: { isFirst: boolean; allocate: Allocate }) {
    this.inputs = inputs
    this.outputs = outputs
    this.weights = parameter(inputs * outputs)
    this.bias = parameter(outputs)
    this.parameters = [this.weights, this.bias]
    this.#isFirst = isFirst
    this.#y = new Rows(outputs, allocate)
    this.#dx = new Rows(inputs, allocate)
  }

  forward(x: Float32Array, rows: number): Promise<Float32Array> {
    const { inputs, outputs } = this
    const bias = this.bias.values
    const y = this.#y.take(rows)
    this.#x = x
    multiply(matrix(x, rows, inputs), matrix(this.weights.values, inputs, outputs), y)
    for (let start = 0; start < y.length; start += outputs) for (let o = 0; o < outputs; o++) y[start + o]! += bias[o]!
    return Promise.resolve(y)
  }

  backward(dy: Float32Array, rows: number): Promise<Float32Array> {
    const { inputs, outputs } = this
    multiply(transpose(matrix(this.#x, rows, inputs)), matrix(dy, rows, outputs), this.weights.gradients)
    sumColumns(dy, outputs, this.bias.gradients)
    const dx = this.#dx.take(this.#isFirst ? 0 : rows)
    if (!this.#isFirst) {
      multiply(matrix(dy, rows, outputs), transpose(matrix(this.weights.values, inputs, outputs)), dx)
    }
    return Promise.resolve(dx)
  }
}

/** y = activation(x), by the dispatcher: one call a pass. The slopes of a prelu are learned. */
export class ActivationLayer implements Layer {
  readonly #dispatcher: Dispatcher
  readonly #y: Rows
  #activation: Activation
  #slopes: Parameter | undefined
  /** The input of the last forward pass. */
  x: Float32Array = new Float32Array(0)
  /** The output of the last forward pass. */
  y: Float32Array = new Float32Array(0)

  constructor(activation: Activation, width: number, dispatcher: Dispatcher, allocate: Allocate) {
    this.#dispatcher = dispatcher
    this.#y = new Rows(width, allocate)
    this.#activation = activation
    this.setActivation(activation)
  }

  get parameters(): readonly Parameter[] {
    return this.#slopes === undefined ? [] : [this.#slopes]
  }

  /** Takes another activation, for a network that has been trained. */
  setActivation(activation: Activation): void {
    this.#activation = activation
    this.#slopes = undefined
    if (activation.name !== 'prelu') return
    const slopes = Float32Array.from([activation.parameters['alpha'] as number | readonly number[]].flat())
    this.#slopes = { values: slopes, gradients: new Float32Array(slopes.length) }
  }

  async forward(x: Float32Array, rows: number): Promise<Float32Array> {
    const y = this.#y.take(rows)
    this.x = x
    this.y = y
    if (this.#slopes !== undefined) {
      // A prelu takes finite slopes alone. A network whose slopes are not finite has diverged, and answers NaN.
      if (!this.#slopes.values.every(Number.isFinite)) return y.fill(NaN)
      this.#activation = prelu({ alpha: this.#slopes.values })
    }
    return this.#dispatcher.forward(this.#activation, x, { out: y })
  }

  async backward(dy: Float32Array): Promise<Float32Array> {
    if (this.#slopes !== undefined) {
      this.#slopes.gradients.set(await this.#dispatcher.backwardAlpha(this.#activation, this.x, dy))
    }
    return this.#dispatcher.backward(this.#activation, this.x, dy, { out: dy })
  }

  /** The derivative at each element of the last forward pass. */
  derivative(): Promise<Float32Array> {
    return this.#dispatcher.backward(this.#activation, this.x, new Float32Array(this.x.length).fill(1))
  }
}

const EPSILON = 1e-5
/** The weight of a batch's statistics in the running ones. */
const MOMENTUM = 0.1

/** Batch normalisation: y = scale * (x - mean) / sqrt(variance + 1e-5) + shift, with mean and variance of each column. */
export class BatchNorm implements Layer {
  readonly scale: Parameter
  readonly shift: Parameter
  readonly parameters: readonly Parameter[]
  readonly #width: number
  readonly #mean: Float32Array
  readonly #variance: Float32Array
  readonly #inverse: Float64Array
  readonly #normalised: Rows
  readonly #y: Rows

  constructor(width: number, allocate: Allocate) {
    this.#width = width
    this.scale = parameter(width)
    this.scale.values.fill(1)
    this.shift = parameter(width)
    this.parameters = [this.scale, this.shift]
    this.#mean = new Float32Array(width)
    this.#variance = new Float32Array(width).fill(1)
    this.#inverse = new Float64Array(width)
    this.#normalised = new Rows(width, allocate)
    this.#y = new Rows(width, allocate)
  }

  forward(x: Float32Array, rows: number, mode: Mode): Promise<Float32Array> {
    const width = this.#width
    const normalised = this.#normalised.take(rows)
    const y = this.#y.take(rows)
    for (let column = 0; column < width; column++) {
      const { mean, variance } =
        mode === 'inference'
          ? { mean: this.#mean[column]!, variance: this.#variance[column]! }
          : momentsOf(x, column, width, rows)
      if (mode === 'training') {
        this.#mean[column]! += MOMENTUM * (mean - this.#mean[column]!)
        this.#variance[column]! += MOMENTUM * (variance - this.#variance[column]!)
      }
      const inverse = 1 / Math.sqrt(variance + EPSILON)
      this.#inverse[column] = inverse
      const scale = this.scale.values[column]!
      const shift = this.shift.values[column]!
      for (let i = column; i < x.length; i += width) {
        const value = (x[i]! - mean) * inverse
        normalised[i] = value
        y[i] = scale * value + shift
      }
    }
    return Promise.resolve(y)
  }

  backward(dy: Float32Array, rows: number): Promise<Float32Array> {
    const width = this.#width
    const normalised = this.#normalised.take(rows)
    for (let column = 0; column < width; column++) {
      let sum = 0
      let product = 0
      for (let i = column; i < dy.length; i += width) {
        sum += dy[i]!
        product += dy[i]! * normalised[i]!
      }
      this.shift.gradients[column] = sum
      this.scale.gradients[column] = product
      const factor = this.scale.values[column]! * this.#inverse[column]!
      // Mean and variance depend on x, too.
      for (let i = column; i < dy.length; i += width) {
        dy[i] = factor * (dy[i]! - (sum + normalised[i]! * product) / rows)
      }
    }
    return Promise.resolve(dy)
  }
}

/** Sets a share of the values to 0 in training and scales the others up, so that their sum is expected to stay. */
export class Dropout implements Layer {
  readonly parameters: readonly Parameter[] = []
  readonly #kept: number
  readonly #uniform: () => number
  readonly #factors: Rows
  readonly #y: Rows
  #drops = false

  constructor(share: number, width: number, uniform: () => number, allocate: Allocate) {
    this.#kept = 1 - share
    this.#uniform = uniform
    this.#factors = new Rows(width, allocate)
    this.#y = new Rows(width, allocate)
  }

  forward(x: Float32Array, rows: number, mode: Mode): Promise<Float32Array> {
    this.#drops = mode === 'training'
    if (!this.#drops) return Promise.resolve(x)
    const factors = this.#factors.take(rows)
    const y = this.#y.take(rows)
    for (let i = 0; i < x.length; i++) {
      const factor = this.#uniform() < this.#kept ? 1 / this.#kept : 0
      factors[i] = factor
      y[i] = x[i]! * factor
    }
    return Promise.resolve(y)
  }

  backward(dy: Float32Array, rows: number): Promise<Float32Array> {
    if (this.#drops) {
      const factors = this.#factors.take(rows)
      for (let i = 0; i < dy.length; i++) dy[i]! *= factors[i]!
    }
    return Promise.resolve(dy)
  }
}

function parameter(length: number): Parameter {
  return { values: new Float32Array(length), gradients: new Float32Array(length) }
}

function sumColumns(values: Float32Array, columns: number, sums: Float32Array): void {
  for (let column = 0; column < columns; column++) {
    let sum = 0
    for (let i = column; i < values.length; i += columns) sum += values[i]!
    sums[column] = sum
  }
}

/** Mean and variance of a column, in float64. */
function momentsOf(
  values: Float32Array,
  column: number,
  columns: number,
  rows: number,
): { mean: number; variance: number } {
  let sum = 0
  for (let i = column; i < values.length; i += columns) sum += values[i]!
  const mean = sum / rows
  let squares = 0
  for (let i = column; i < values.length; i += columns) squares += (values[i]! - mean) ** 2
  return { mean, variance: squares / rows }
}
