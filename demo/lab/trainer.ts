import type { Dispatcher } from '../../src/index.ts'
import { activationOf } from './activations.ts'
import { Batches } from './batches.ts'
import type { Dataset, Problem } from './dataset.ts'
import { inspect, inspectNoise } from './inspection.ts'
import type { Score } from './loss.ts'
import { Network } from './network.ts'
import { Adam, clipByGlobalNorm, type Optimiser, Sgd } from './optimiser.ts'
import type { ActivationChoice, Inspection, Setup } from './protocol.ts'

/**
 * A network in training. This one computes dense layers here and activations by a dispatcher, a call a layer. Another one may
 * record all kernels of ten steps into a pass on a GPU: callers ask for several steps at a time and read results rarely.
 */
export interface Trainer {
  /** Trains on the next batches; ends before a step whose loss is not finite. Gives the number of steps and the loss of the last one. */
  train(steps: number): Promise<{ readonly steps: number; readonly loss: number }>
  evaluate(data: Dataset): Promise<Score>
  inspect(): Promise<Inspection>
  /** Gives the hidden layers another activation, and keeps weights and the state of the optimiser. */
  setActivation(choice: ActivationChoice): void
}

/** Trains a network of a setup, with one of its activations; with `first`, until `setActivation`, with that one. */
export class DispatcherTrainer implements Trainer {
  readonly network: Network
  readonly #setup: Setup
  readonly #problem: Problem
  readonly #batches: Batches
  readonly #optimiser: Optimiser

  /** @throws InputError for parameters of the activation that are out of range */
  constructor(setup: Setup, choice: ActivationChoice, problem: Problem, dispatcher: Dispatcher) {
    const { features, classes } = problem.training
    const rate = choice.rate ?? setup.rate
    this.#setup = setup
    this.#problem = problem
    const activation = activationOf(setup.first?.activation ?? choice)
    this.network = new Network({ ...setup, features, classes, activation }, dispatcher)
    this.#batches = new Batches(problem.training, setup.batch, setup.seed)
    this.#optimiser = setup.optimiser === 'adam' ? new Adam(rate) : new Sgd(rate, setup.momentum)
  }

  async train(steps: number): Promise<{ steps: number; loss: number }> {
    const { clip } = this.#setup
    const { parameters } = this.network
    let loss = NaN
    for (let step = 0; step < steps; step++) {
      const { values, labels } = this.#batches.next()
      ;({ loss } = await this.network.gradients(values, labels, 'training'))
      if (!Number.isFinite(loss)) return { steps: step, loss }
      if (clip !== null) clipByGlobalNorm(parameters, clip)
      this.#optimiser.step(parameters)
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
}
