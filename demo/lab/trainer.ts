import type { Dispatcher } from '../../src/index.ts'
import { activationOf } from './activations.ts'
import { Batches } from './batches.ts'
import type { Dataset, Problem } from './dataset.ts'
import { inspect, inspectNoise } from './inspection.ts'
import type { Score } from './loss.ts'
import { Network } from './network.ts'
import { Adam, clipByGlobalNorm, type Optimiser, Sgd } from './optimiser.ts'
import type { Inspection } from './protocol.ts'
import type { ActivationChoice, Setup } from './training-setup.ts'

/** The most stretches of steps that trainers take at once. */
export const MOST_STRETCHES = 128

/** The scores of a network at a point of its curves. */
interface Point {
  readonly training: Score
  /** Null where there is no test set. */
  readonly test: Score | null
}

/** The result of training. */
export interface Followed {
  /** The number of steps, fewer than wanted where a loss was not finite. */
  readonly steps: number
  /** One for each stretch of steps, up to the first one whose loss is not finite. */
  readonly points: readonly Point[]
  /** The time of training. */
  readonly seconds: number
}

/** A network in training: on the CPU the one below, on a GPU that of gpu/trainer.ts. */
export interface Trainer {
  /** Callers ask for at most so many steps at a time, so that they look at messages in between. */
  readonly stepsAtOnce: number
  /**
   * Trains stretches of steps on the next batches, and scores the network after each. Ends before a step whose loss is not
   * finite, and after a point whose loss is not.
   *
   * @param lengths the numbers of steps, 0 too; at most {@link MOST_STRETCHES} of them
   * @param rest the number of steps after these, which have no score: a stretch that a later call ends
   */
  follow(lengths: readonly number[], rest?: number): Promise<Followed>
  inspect(): Promise<Inspection>
  /** Gives the hidden layers another activation, and keeps weights and the state of the optimiser. */
  setActivation(choice: ActivationChoice): void
  /** Frees what the CPU does not free by itself. */
  close(): void
}

/** Trains a network on the CPU, with activations by a dispatcher, a call a layer: of a setup, with one of its activations; with `first`, until `setActivation`, with that one. */
export class DispatcherTrainer implements Trainer {
  readonly stepsAtOnce = 1
  readonly network: Network
  readonly batches: Batches
  readonly optimiser: Optimiser
  readonly #setup: Setup
  readonly #problem: Problem

  /** @throws InputError for parameters of the activation that are out of range */
  constructor(setup: Setup, choice: ActivationChoice, problem: Problem, dispatcher: Dispatcher) {
    const { features, classes } = problem.training
    const rate = choice.rate ?? setup.rate
    this.#setup = setup
    this.#problem = problem
    const activation = activationOf(setup.first?.activation ?? choice)
    this.network = new Network({ ...setup, features, classes, activation }, dispatcher)
    this.batches = new Batches(problem.training, setup.batch, setup.seed)
    this.optimiser = setup.optimiser === 'adam' ? new Adam(rate) : new Sgd(rate, setup.momentum)
  }

  async follow(lengths: readonly number[], rest = 0): Promise<Followed> {
    const { training, test } = this.#problem
    const points: Point[] = []
    let steps = 0
    let seconds = 0
    for (const [i, length] of [...lengths, rest].entries()) {
      const start = performance.now()
      const trained = await this.train(length)
      seconds += (performance.now() - start) / 1000
      steps += trained.steps
      if (trained.steps < length || i === lengths.length) break
      const score = await this.evaluate(training)
      const isNumber = Number.isFinite(score.loss)
      points.push({ training: score, test: isNumber && test !== null ? await this.evaluate(test) : null })
      if (!isNumber) break
    }
    return { steps, points, seconds }
  }

  /** Trains on the next batches; ends before a step whose loss is not finite. Gives the number of steps and the loss of the last one. */
  async train(steps: number): Promise<{ steps: number; loss: number }> {
    const { clip } = this.#setup
    const { parameters } = this.network
    let loss = NaN
    for (let step = 0; step < steps; step++) {
      const { values, labels } = this.batches.next()
      ;({ loss } = await this.network.gradients(values, labels, 'training'))
      if (!Number.isFinite(loss)) return { steps: step, loss }
      if (clip !== null) clipByGlobalNorm(parameters, clip)
      this.optimiser.step(parameters)
    }
    return { steps, loss }
  }

  evaluate(data: Dataset): Promise<Score> {
    return this.network.evaluate(data)
  }

  async inspect(): Promise<Inspection> {
    const { training, test } = this.#problem
    const { noise, seed } = this.#setup
    return inspect(this.network, training, {
      noise: noise === undefined ? null : await inspectNoise(this.network, test ?? training, noise, seed),
    })
  }

  setActivation(choice: ActivationChoice): void {
    this.network.setActivation(activationOf(choice))
  }

  close(): void {
    // The dispatcher is not its own.
  }
}
