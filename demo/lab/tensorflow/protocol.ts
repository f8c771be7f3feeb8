import type { Work } from './work.ts'

/** The activations that TensorFlow.js has an operation for. */
export const COMPARED = ['relu', 'leakyRelu', 'elu', 'selu', 'sigmoid'] as const
export type Compared = (typeof COMPARED)[number]

/** The setup of the two networks. */
export interface ComparisonSetup {
  readonly activation: Compared
  readonly seed: number
  readonly steps: number
}

/** The requests of the page. `run` numbers the networks: answers of earlier ones are out of date. */
export type Request =
  | { readonly type: 'reset'; readonly run: number; readonly setup: ComparisonSetup }
  | { readonly type: 'run' | 'step' | 'pause'; readonly run: number }

/** A step of one of the two networks. */
export interface NetworkStep extends Work {
  readonly loss: number
  readonly seconds: number
}

/** A step of both: TensorFlow.js by itself, and with this library under it. */
export interface ComparisonStep {
  readonly without: NetworkStep
  readonly with: NetworkStep
}

/** The answers: the networks exist; both went a step; they rest; something failed. */
export type Answer =
  | { readonly type: 'ready'; readonly run: number; readonly version: string }
  | { readonly type: 'stepped'; readonly run: number; readonly step: ComparisonStep }
  | { readonly type: 'resting'; readonly run: number }
  | { readonly type: 'failed'; readonly run: number; readonly message: string }
