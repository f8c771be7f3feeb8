import type { ClaimName } from './story.ts'
import type { Setup } from './training-setup.ts'

/**
 * The requests of the page to a training worker. A worker does one thing at a time: a new `reset`, `run` or `judge` ends what it
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

/** The messages of a training worker. All but `processor` carry the `run` of their request. */
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

/** The state of a network over the whole training set, without dropout. */
export interface Inspection {
  /** The hidden layers, from the first. */
  readonly layers: readonly LayerInspection[]
  /** The norm of the weight gradient of each layer, from the first, the output layer included. */
  readonly gradientNorms: readonly number[]
  /** The norm of all gradients together, before clipping. */
  readonly gradientNorm: number
  /** The answers over a square of inputs where there are two features; otherwise null. */
  readonly surface: Surface | null
  /** The effect of the setup's `noise`; null without noise. */
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

/** The values measured with a seed, by name; NaN for a network that diverged, Infinity for one that did not reach the goal. */
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
  /** The condition for a seed to pass, in words. */
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
  /** The remedy, as a sentence. */
  readonly fix: string
}
