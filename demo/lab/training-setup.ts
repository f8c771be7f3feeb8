import type { Parameters } from '../state/activation-choice.ts'

/** A classification problem that is drawn from the seed. The two-dimensional ones lie within -1.8 and 1.8. */
interface DrawnData {
  readonly name: 'circles' | 'spirals' | 'xor'
  /** The number of training examples. */
  readonly rows: number
  /** Turns of each spiral; 1.5 when left out. */
  readonly turns?: number
}

/** Hand-written digits of 8 x 8 pixels, a training set of them drawn from the seed. */
interface DigitsData {
  readonly name: 'digits'
  /** The number of training examples. */
  readonly rows: number
  /** The number of test examples, at most 500, which are never trained on; 0 when left out. */
  readonly testRows?: number
}

/** The user's own examples. `readOwnData` of own-data.ts makes them from a CSV or .npy; each column is standardised before training. */
export interface OwnData {
  readonly name: 'own'
  /** The name of the file. */
  readonly title: string
  /** The number of features of an example. */
  readonly features: number
  /** The features, one row after the other. */
  readonly values: Float32Array<ArrayBuffer>
  /** The class of each row, from 0. */
  readonly labels: Uint8Array<ArrayBuffer>
  /** The names of the classes. */
  readonly classes: readonly string[]
}

export type DataChoice = DrawnData | DigitsData | OwnData

/** An activation function of a comparison. */
export interface ActivationChoice {
  /** A name of ACTIVATIONS in ../state/choices.ts that takes one tensor (no GLU). */
  readonly name: string
  /** Parameters other than the initial ones of ../state/choices.ts. The slopes of prelu are learned, one a layer; `alpha` is their initial value. */
  readonly parameters?: Parameters
  /** The learning rate of this network; that of the setup when left out. */
  readonly rate?: number
}

/**
 * The distribution of weights: normal numbers of deviation sqrt(2 / inputs) (`he`), sqrt(2 / (inputs + outputs)) (`xavier`) or
 * sqrt(1 / (3 * inputs)) (`small`, the deviation of PyTorch's default). `suited`: Xavier for sigmoid and tanh, He for all others.
 */
export type WeightScheme = 'suited' | 'he' | 'xavier' | 'small'

/** The initial bias of units. All others are 0. */
export interface BiasChoice {
  readonly value: number
  /** The hidden layers that have it; `all` when left out. */
  readonly layers?: 'all' | 'first'
  /** The number of units of each of these layers that have it, from the first; all of them when left out. */
  readonly units?: number
}

/** Everything that determines a training run. Equal setups give equal results on one processor. */
export interface Setup {
  readonly data: DataChoice
  /** One to three activations. Their networks start from one draw of weights. */
  readonly activations: readonly ActivationChoice[]
  /** The activation that all networks have for the first `steps` steps, before each gets its own. */
  readonly first?: { readonly activation: ActivationChoice; readonly steps: number }
  /** The number of units of a hidden layer, 1 to 64. */
  readonly width: number
  /** The number of hidden layers, 1 to 10. */
  readonly depth: number
  readonly weights: WeightScheme
  /** Multiplies the weights of hidden layers. */
  readonly gain: number
  readonly bias: BiasChoice
  readonly optimiser: 'sgd' | 'adam'
  /** The learning rate. */
  readonly rate: number
  /** The momentum of SGD, 0 to below 1. */
  readonly momentum: number
  /** Normalises each hidden layer over the batch, before its activation. */
  readonly batchNorm: boolean
  /** The share of activations that is dropped in training, 0 to below 1. */
  readonly dropout: number
  /** The largest norm of the gradients of all parameters together; null: they are not clipped. */
  readonly clip: number | null
  /** Examples of a step. From the size of the data set on, each step takes all of it. */
  readonly batch: number
  /** The number of steps, after those of `first`. */
  readonly steps: number
  /** Ends the run where the loss of the whole training set falls below it. It is looked at every 25 steps. */
  readonly stopAtLoss?: number
  /** The deviation of the noise that the inspection adds to inputs, to see what changes. No noise when left out. */
  readonly noise?: number
  /** A whole number from 0. It determines data, weights, order of examples and dropout. */
  readonly seed: number
}
