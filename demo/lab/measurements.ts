import type { Dispatcher } from '../../src/index.ts'
import { drawProblem } from './data.ts'
import type { Problem } from './dataset.ts'
import type { Digits } from './digits.ts'
import { inspectGradients, inspectLayers, inspectNoise } from './inspection.ts'
import type { Network } from './network.ts'
import type { LayerInspection, NoiseInspection } from './protocol.ts'
import type { ActivationChoice, Setup } from './training-setup.ts'
import { DispatcherTrainer } from './trainer.ts'

/** The means to measure a claim. */
export interface Lab {
  readonly dispatcher: Dispatcher
  readonly loadDigits: () => Promise<Digits>
  /** Called after each step of a training: lets messages in. May throw to end it. */
  readonly pause: () => Promise<void>
}

/** A network that has been trained as its setup says. */
export interface Trained {
  readonly network: Network
  readonly problem: Problem
  /** The hidden layers at the end of `first`, before the activation changed. At step 0 without `first`. */
  readonly before: readonly LayerInspection[]
}

const STEPS_BETWEEN_LOOKS = 25

async function start(
  lab: Lab,
  setup: Setup,
  choice: ActivationChoice,
): Promise<{ trainer: DispatcherTrainer; problem: Problem }> {
  const problem = await drawProblem(setup.data, setup.seed, lab.loadDigits)
  return { trainer: new DispatcherTrainer(setup, choice, problem, lab.dispatcher), problem }
}

/** Trains on the next batches, and lets messages in after each step. Gives the number of steps: fewer where the network diverges. */
async function train(lab: Lab, trainer: DispatcherTrainer, steps: number): Promise<number> {
  for (let step = 0; step < steps; step++) {
    const { steps: done } = await trainer.train(1)
    if (done < 1) return step
    await lab.pause()
  }
  return steps
}

/** Trains a network to the end of its setup, or until it diverges. */
export async function trained(lab: Lab, setup: Setup, choice: ActivationChoice): Promise<Trained> {
  const { trainer, problem } = await start(lab, setup, choice)
  const { network } = trainer
  if (setup.first !== undefined) await train(lab, trainer, setup.first.steps)
  const before = await inspectLayers(network, problem.training)
  if (setup.first !== undefined) trainer.setActivation(choice)
  for (let done = 0; done < setup.steps; done += STEPS_BETWEEN_LOOKS) {
    const wanted = Math.min(STEPS_BETWEEN_LOOKS, setup.steps - done)
    if ((await train(lab, trainer, wanted)) < wanted) break
    if (setup.stopAtLoss !== undefined && (await network.evaluate(problem.training)).loss < setup.stopAtLoss) break
  }
  return { network, problem, before }
}

/** The share of the training set that is right; NaN for a network that has diverged. */
export async function accuracyOf({ network, problem }: Pick<Trained, 'network' | 'problem'>): Promise<number> {
  const { loss, accuracy } = await network.evaluate(problem.training)
  return Number.isFinite(loss) ? accuracy : NaN
}

/** The accuracy after training. */
export async function trainedAccuracy(lab: Lab, setup: Setup, choice: ActivationChoice): Promise<number> {
  return accuracyOf(await trained(lab, setup, choice))
}

/** After training: the accuracy, the share of hidden units that are never open, and of activations that are 0. */
export async function trainedLayers(
  lab: Lab,
  setup: Setup,
  choice: ActivationChoice,
): Promise<{ accuracy: number; shut: number; zeros: number }> {
  const result = await trained(lab, setup, choice)
  const layers = await inspectLayers(result.network, result.problem.training)
  return {
    accuracy: await accuracyOf(result),
    shut: mean(layers.map(({ shut }) => shut)),
    zeros: mean(layers.map(({ zeros }) => zeros)),
  }
}

/** The share of units of the first hidden layer that were never open, and are so now; and the number of those that came back. */
export async function revival({
  network,
  problem,
  before,
}: Trained): Promise<{ before: number; after: number; revived: number }> {
  const first = before[0]!
  const now = (await inspectLayers(network, problem.training))[0]!
  const revived = first.open.filter((share, unit) => share === 0 && now.open[unit]! > 0).length
  return { before: first.shut, after: now.shut, revived }
}

/** The hidden layers before training. */
export async function initialLayers(
  lab: Lab,
  setup: Setup,
  choice: ActivationChoice,
): Promise<readonly LayerInspection[]> {
  const { trainer, problem } = await start(lab, setup, choice)
  return inspectLayers(trainer.network, problem.training)
}

/** The norm of the gradient of the second layer over that of the last hidden one, before training. */
export async function gradientRatio(lab: Lab, setup: Setup, choice: ActivationChoice): Promise<number> {
  const { trainer, problem } = await start(lab, setup, choice)
  const { gradientNorms } = await inspectGradients(trainer.network, problem.training)
  return gradientNorms[1]! / gradientNorms[setup.depth - 1]!
}

/** The share of neurons of a layer whose weights all have gradients of one sign. Neurons without a gradient do not count. */
export async function oneSignShare(lab: Lab, setup: Setup, choice: ActivationChoice, layer: number): Promise<number> {
  const { trainer, problem } = await start(lab, setup, choice)
  await inspectGradients(trainer.network, problem.training)
  const { weights, inputs, outputs } = trainer.network.dense[layer]!
  let moving = 0
  let oneSign = 0
  for (let o = 0; o < outputs; o++) {
    const gradients = Array.from({ length: inputs }, (_, i) => weights.gradients[i * outputs + o]!)
    const rises = gradients.some(gradient => gradient > 0)
    const falls = gradients.some(gradient => gradient < 0)
    if (rises || falls) moving++
    if (rises !== falls) oneSign++
  }
  return oneSign / moving
}

/** The number of steps until a share of the training set is right, looked at every 10; Infinity if it never is. */
export async function stepsTo(goal: number, lab: Lab, setup: Setup, choice: ActivationChoice): Promise<number> {
  const { trainer, problem } = await start(lab, setup, choice)
  for (let step = 10; step <= setup.steps; step += 10) {
    if ((await train(lab, trainer, 10)) < 10) break
    if ((await trainer.evaluate(problem.training)).accuracy >= goal) return step
  }
  return Infinity
}

/** Measures the effect of noise on the input after training, over the test set. */
export async function noiseAfterTraining(lab: Lab, setup: Setup, choice: ActivationChoice): Promise<NoiseInspection> {
  const { network, problem } = await trained(lab, setup, choice)
  return inspectNoise(network, problem.test!, setup.noise!, setup.seed)
}

/** The loss and the accuracy of the test set after training; `gap` is the difference between test loss and training loss. */
export async function generalisation(
  lab: Lab,
  setup: Setup,
  choice: ActivationChoice,
): Promise<{ gap: number; testAccuracy: number }> {
  const { network, problem } = await trained(lab, setup, choice)
  const training = await network.evaluate(problem.training)
  const test = await network.evaluate(problem.test!)
  return { gap: test.loss - training.loss, testAccuracy: test.accuracy }
}

/** Measures the change of the weights into and out of dead units while the rest trains. */
export async function changeOfDeadWeights(
  lab: Lab,
  setup: Setup,
  choice: ActivationChoice,
  dead: number,
): Promise<{ into: number; outOf: number; accuracy: number }> {
  const weights = (network: Network) => {
    const [first, second] = network.dense
    return {
      into: first!.weights.values.filter((_, i) => i % first!.outputs < dead),
      outOf: second!.weights.values.slice(0, dead * second!.outputs),
    }
  }
  const initial = weights((await start(lab, setup, choice)).trainer.network)
  const result = await trained(lab, setup, choice)
  const final = weights(result.network)
  return {
    into: largestDifference(initial.into, final.into),
    outOf: largestDifference(initial.outOf, final.outOf),
    accuracy: await accuracyOf(result),
  }
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0)
}
