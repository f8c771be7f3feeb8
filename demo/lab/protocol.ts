import type { Parameters } from '../state/choices.ts'

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
 * How weights are drawn: normal numbers of deviation sqrt(2 / inputs) (`he`), sqrt(2 / (inputs + outputs)) (`xavier`) or
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

/** One of ten presets with a sentence to test. They are in stories.ts. */
export interface Story {
  /** In addresses: `?room=lab&story=revive`. */
  readonly id: StoryId
  readonly title: string
  /** A few words below the title. */
  readonly subtitle: string
  /** The claim in one sentence. */
  readonly sentence: string
  /** One or two sentences: what is trained here, and what to look at. */
  readonly account: string
  readonly setup: Setup
  /** The figure that shows the claim best. The other ones are shown too. */
  readonly figure: 'curves' | 'units' | 'gradients' | 'zeros' | 'noise'
  /** The claims whose verdicts stand beside it, the first one largest. */
  readonly claims: readonly ClaimName[]
  /** Where the claim does not hold, or what helps. */
  readonly counterExample: CounterExample
}

/** A setup that shows the opposite of a story. */
export interface CounterExample {
  /** The text of the link: `With plain SGD`. */
  readonly title: string
  readonly sentence: string
  readonly claim: ClaimName | null
  readonly setup: Setup
  /** The story that continues here; undefined: the setup differs from this story's preset alone. */
  readonly story?: StoryId
}

type StoryId =
  | 'dying'
  | 'revive'
  | 'vanishing'
  | 'exploding'
  | 'sparse'
  | 'centre'
  | 'faster'
  | 'small-changes'
  | 'overfitting'
  | 'cheap'

/** The names of the claims, as `npm run claims -- --claims` takes them. They are in claims.ts. */
export type ClaimName =
  | 'sparse-init'
  | 'sparse-trained'
  | 'dying-rate'
  | 'leaky-at-high-rate'
  | 'dying-bias'
  | 'revival-adam'
  | 'revival-sgd'
  | 'collapse'
  | 'vanish-init'
  | 'vanish-init-tanh'
  | 'vanish-train'
  | 'explode'
  | 'centre'
  | 'one-sign'
  | 'one-sign-batch'
  | 'faster-circles'
  | 'faster-spirals'
  | 'faster-digits'
  | 'bn-sigmoid'
  | 'bn-dying'
  | 'robust-unit'
  | 'robust-net'
  | 'overfit-tanh'
  | 'overfit-sigmoid'
  | 'dropout'
  | 'dynamic-size'
  | 'sparse-faster'
  | 'cheap'

/**
 * What the page sends to a training worker. A worker does one thing at a time: a new `reset`, `run` or `judge` ends what it
 * does. Take one worker to train and another one to judge. `run` is a number of the page's that comes back in each message
 * it caused: messages of an earlier number are to be ignored.
 */
export type Request =
  /** Makes data and networks and inspects them at step 0: answered by `ready`, `progress` and `inspection`. It does not train. */
  | { readonly type: 'reset'; readonly run: number; readonly setup: Setup; readonly processor?: ProcessorChoice }
  /** Trains to the end, from where it is: `progress` and `inspection` as it goes, `finished` at the end. */
  | { readonly type: 'run'; readonly run: number }
  /** Trains this many steps (1 when left out), then sends `progress`, `inspection` and `paused`, or `finished` at the end. */
  | { readonly type: 'step'; readonly run: number; readonly steps?: number }
  /** Pauses after the step it is at; answered by `progress`, `inspection` and `paused`. */
  | { readonly type: 'pause'; readonly run: number }
  /** Measures claims, each over `seeds` seeds from `firstSeed` (1 when left out): answered by `seed` messages and a `verdict` each. */
  | {
      readonly type: 'judge'
      readonly run: number
      readonly claims: readonly ClaimName[]
      readonly seeds: number
      readonly firstSeed?: number
      readonly processor?: ProcessorChoice
    }
  /** Ends judging after the seed it is at: answered by `judged`. */
  | { readonly type: 'stop'; readonly run: number }

/** `auto`: WebGPU on a hardware adapter, otherwise the CPU. `webgpu` also takes a software adapter. */
export type ProcessorChoice = 'auto' | 'webgpu' | 'cpu'

/** The processor that trains: all of a step, or on the CPU what is not an activation, as the reason says. */
export interface ProcessorReport {
  readonly processor: 'webgpu' | 'cpu'
  /** The reason, as a sentence. */
  readonly reason: string
  /** The adapter, if WebGPU computes; it is a software adapter where `software` is true. */
  readonly adapter: { readonly description: string; readonly software: boolean } | null
}

/** What a training worker sends. All but `processor` carry the `run` of their request. */
export type Message =
  Ready | Progress | Inspections | Paused | Finished | ProcessorNotice | SeedMeasured | ClaimVerdict | Judged | Failed

/** The networks exist, at step 0. */
export interface Ready extends ProcessorReport {
  readonly type: 'ready'
  readonly run: number
  readonly data: {
    readonly rows: number
    readonly testRows: number
    readonly features: number
    readonly classes: number
    /** The examples where there are two features: x and y of each in turn, and its class. */
    readonly points: { readonly values: Float32Array<ArrayBuffer>; readonly labels: Uint8Array<ArrayBuffer> } | null
  }
  /** Steps of the run, those of `first` included. */
  readonly steps: number
}

/** Training went on: about ten times a second, and where it pauses or ends. One curve an activation, in the order of the setup. */
interface Progress {
  readonly type: 'progress'
  readonly run: number
  /** The step reached, from 0. */
  readonly step: number
  /** Steps a second of all networks together, over the whole run; NaN before the first step. */
  readonly stepsPerSecond: number
  readonly curves: readonly Curve[]
}

/** New points of the curves of one network, since the message before. */
export interface Curve {
  /** The steps of the points. While `first` lasts, all networks have the same points. */
  readonly steps: readonly number[]
  /** The mean cross-entropy of the whole training set after that step. */
  readonly loss: readonly number[]
  /** The share of the training set that is right. */
  readonly accuracy: readonly number[]
  /** The same of the test set; empty where there is none. */
  readonly testLoss: readonly number[]
  readonly testAccuracy: readonly number[]
  /** Steps a second of this network alone, over the whole run, on a GPU with the points of the curve; NaN before the first step. */
  readonly stepsPerSecond: number
  /** The step at which the loss was no number any more; the network is not trained beyond it. Null while there is none. */
  readonly divergedAt: number | null
  /** The step at which the loss fell below `stopAtLoss`; the network is not trained beyond it. Null while there is none. */
  readonly stoppedAt: number | null
}

/** A look into the networks, one an activation, in the order of the setup: at step 0, at most four times a second, where `first` ends, and where it pauses or ends. */
export interface Inspections {
  readonly type: 'inspection'
  readonly run: number
  readonly step: number
  /** `switch`: where `first` ends, before the networks get their own activations. Keep it to show as "before". */
  readonly at: 'start' | 'switch' | 'training' | 'end'
  readonly networks: readonly Inspection[]
}

/** What a network does with the whole training set, dropout left out. */
export interface Inspection {
  /** The hidden layers, from the first. */
  readonly layers: readonly LayerInspection[]
  /** The norm of the weight gradient of each layer, from the first, the output layer included. */
  readonly gradientNorms: readonly number[]
  /** The norm of all gradients together, before clipping. */
  readonly gradientNorm: number
  /** The answers over a square of inputs where there are two features; otherwise null. */
  readonly surface: Surface | null
  /** What the `noise` of the setup changes; null without. */
  readonly noise: NoiseInspection | null
}

export interface LayerInspection {
  /** The share of the training set for which the input of each unit's activation is above 0: how often it is open. */
  readonly open: Float32Array<ArrayBuffer>
  /** 1 for a unit whose activation has the derivative 0 for every example: it does not learn. Hatched on the page. */
  readonly gradientless: Uint8Array<ArrayBuffer>
  /** The share of activations that are exactly 0. */
  readonly zeros: number
  /** The share of derivatives that are exactly 0. */
  readonly zeroGradient: number
  /** The share of units that are never open. */
  readonly shut: number
  /** Mean and root of the mean square of the activations. */
  readonly mean: number
  readonly rootMeanSquare: number
}

/** Probabilities over [-extent, extent]^2, which holds all examples, from the lower left corner, row by row. */
export interface Surface {
  readonly side: number
  readonly extent: number
  /** The likeliest class of each point. */
  readonly classes: Uint8Array<ArrayBuffer>
  /** The probability of that class. */
  readonly probabilities: Float32Array<ArrayBuffer>
}

export interface NoiseInspection {
  /** The share of hidden activations that the noise does not change by a bit. */
  readonly unchanged: number
  /** The mean distance between the answers with noise and without: half the sum of the differences of probabilities. */
  readonly moved: number
}

interface Paused {
  readonly type: 'paused'
  readonly run: number
  readonly step: number
}

/** The run ended: all its steps are done, or no network is left to train. */
interface Finished {
  readonly type: 'finished'
  readonly run: number
  readonly step: number
}

/** The processor changed while it trained: the device was lost, and the CPU goes on. */
interface ProcessorNotice extends ProcessorReport {
  readonly type: 'processor'
}

/** What a seed measured, by name; NaN for a network that diverged, Infinity for one that did not reach the goal. */
export type Measured = Readonly<Record<string, number>>

/** A seed of a claim is done: a square fills. */
interface SeedMeasured {
  readonly type: 'seed'
  readonly run: number
  readonly claim: ClaimName
  readonly seed: number
  readonly passed: boolean
  readonly measured: Measured
  /** Of the seeds so far. */
  readonly passedSoFar: number
  readonly runSoFar: number
  readonly seeds: number
}

/** All seeds of a claim are done. */
interface ClaimVerdict extends Judgement {
  readonly type: 'verdict'
  readonly run: number
}

/** Judging ended: every claim has its verdict, or it was stopped. */
interface Judged {
  readonly type: 'judged'
  readonly run: number
}

/** A verdict in words, with what it rests on. `judge` of verdict.ts makes it of the seeds so far, too. */
export interface Judgement {
  readonly claim: ClaimName
  readonly passed: number
  readonly seeds: number
  readonly kind: 'holds' | 'mostly' | 'undecided' | 'fails'
  /** `Holds here, with Adam`, `Mostly (16 of 20)`, `Undecided (13 of 20)`, `Does not hold here`. */
  readonly verdict: string
  /** `shut at rate 0.1 3 % [0 9], shut at rate 2 97 % [94 100]`: median [smallest largest]. */
  readonly measured: string
  /** The same, value by value. */
  readonly values: readonly MeasuredRange[]
  /** When a seed passes, in words. */
  readonly threshold: string
}

/** A measured value over the seeds. */
export interface MeasuredRange {
  readonly name: string
  readonly label: string
  readonly unit: 'share' | 'number'
  /** Of the seeds that gave a number; NaN if none did. */
  readonly median: number
  readonly smallest: number
  readonly largest: number
  /** The number of seeds whose network diverged. */
  readonly diverged: number
}

/** The request could not be carried out. Nothing is lost: the networks of the run before are still there. */
interface Failed {
  readonly type: 'failed'
  readonly run: number
  /** The message, which names what is wrong. */
  readonly message: string
  /** What to do, as a sentence. */
  readonly fix: string
}
