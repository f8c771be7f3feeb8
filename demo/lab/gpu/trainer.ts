import type { Dispatcher } from '../../../src/index.ts'
import { activationOf } from '../activations.ts'
import type { Problem } from '../dataset.ts'
import type { Parameter } from '../layers.ts'
import type { Inspection } from '../protocol.ts'
import type { ActivationChoice, Setup } from '../training-setup.ts'
import { DispatcherTrainer, type Followed, type Trainer } from '../trainer.ts'
import type { LabGpu } from './lab-gpu.ts'
import { GpuTraining, type Trained } from './training.ts'

// A call is as long as messages of the page are apart, about.
const [SHORTEST, LONGEST] = [25, 100]
const [FEWEST_STEPS, MOST_STEPS] = [10, 1280]

/** Why a setup is trained by the network on the CPU wherever it is, as a sentence; undefined where a GPU can train it. */
export function reasonForCpu({ activations, first, batchNorm, dropout }: Setup): string | undefined {
  const isPrelu = ({ name }: ActivationChoice): boolean => name === 'prelu'
  const learns = activations.some(isPrelu) || (first !== undefined && isPrelu(first.activation))
  const parts = [
    ...(batchNorm ? ['batch normalisation'] : []),
    ...(dropout > 0 ? ['dropout'] : []),
    ...(learns ? ['the learned slopes of prelu'] : []),
  ]
  if (parts.length === 0) return undefined
  return `A run with ${new Intl.ListFormat('en').format(parts)} is trained on the CPU.`
}

/**
 * Trains a network on a GPU. After each call a network on the CPU has the same parameters and the same state of the optimiser: it
 * is what is inspected, and it goes on where the GPU fails, from the call before.
 */
export class GpuTrainer implements Trainer {
  #stepsAtOnce = FEWEST_STEPS
  readonly #gpu: LabGpu
  readonly #cpu: DispatcherTrainer
  #training: GpuTraining | undefined
  #ready: Promise<void>

  /**
   * @param setup one without a {@link reasonForCpu}
   * @param dispatcher computes inspections, and goes on where the GPU fails: on the CPU
   */
  constructor(setup: Setup, choice: ActivationChoice, problem: Problem, gpu: LabGpu, dispatcher: Dispatcher) {
    this.#gpu = gpu
    this.#cpu = new DispatcherTrainer(setup, choice, problem, dispatcher)
    const activation = activationOf(setup.first?.activation ?? choice)
    const options = {
      ...setup,
      rate: choice.rate ?? setup.rate,
      batch: Math.min(setup.batch, problem.training.rows),
    }
    this.#ready = this.#prepare(() => {
      this.#training = new GpuTraining(gpu, options, this.#cpu.network, activation, problem)
      return this.#training.prepare()
    })
  }

  get stepsAtOnce(): number {
    return this.#training === undefined ? this.#cpu.stepsAtOnce : this.#stepsAtOnce
  }

  async follow(lengths: readonly number[], rest = 0): Promise<Followed> {
    await this.#ready
    if (this.#gpu.failure !== undefined) this.#giveUp()
    const training = this.#training
    if (training === undefined) return this.#cpu.follow(lengths, rest)
    const { batches } = this.#cpu
    const stretches = [...lengths, rest].map(length => Array.from({ length }, () => batches.draw()))
    const start = performance.now()
    try {
      const trained = await this.#gpu.checked(() => training.train(stretches))
      this.#take(trained, training)
      const milliseconds = performance.now() - start
      this.#adapt(milliseconds)
      // With the time of scores: the GPU does not tell them apart.
      return { ...pointsOf(trained, lengths), seconds: trained.steps === 0 ? 0 : milliseconds / 1000 }
    } catch (error) {
      await this.#gpu.fail(error)
      batches.putBack(stretches.flat())
      this.#giveUp()
      return this.#cpu.follow(lengths, rest)
    }
  }

  inspect(): Promise<Inspection> {
    return this.#cpu.inspect()
  }

  setActivation(choice: ActivationChoice): void {
    this.#cpu.setActivation(choice)
    const training = this.#training
    if (training === undefined) return
    training.network.activation = activationOf(choice)
    this.#ready = this.#prepare(() => training.prepare())
  }

  close(): void {
    this.#training?.destroy()
  }

  #giveUp(): void {
    this.#training?.destroy()
    this.#training = undefined
  }

  /** Prepares training; where that fails, the GPU has failed. */
  async #prepare(work: () => Promise<void>): Promise<void> {
    try {
      await this.#gpu.checked(work)
    } catch (error) {
      await this.#gpu.fail(error)
    }
  }

  /** Gives the network on the CPU what was learned. */
  #take({ steps, values, memory }: Trained, { network }: GpuTraining): void {
    const { optimiser } = this.#cpu
    const copy = (into: Float32Array, from: Float32Array, place: number): void => {
      const { start, length } = network.places[place]!
      into.set(from.subarray(start, start + length))
    }
    this.#cpu.network.parameters.forEach((parameter: Parameter, place) => {
      copy(parameter.values, values, place)
      optimiser.memoryOf(parameter).forEach((array, i) => copy(array, memory.subarray(i * network.words), place))
    })
    optimiser.steps += steps
  }

  #adapt(milliseconds: number): void {
    if (milliseconds < SHORTEST) this.#stepsAtOnce = Math.min(2 * this.#stepsAtOnce, MOST_STEPS)
    if (milliseconds > LONGEST) this.#stepsAtOnce = Math.max(Math.floor(this.#stepsAtOnce / 2), FEWEST_STEPS)
  }
}

function pointsOf({ steps, scores }: Trained, lengths: readonly number[]): Omit<Followed, 'seconds'> {
  const points: Followed['points'][number][] = []
  let end = 0
  for (const [i, length] of lengths.entries()) {
    end += length
    if (end > steps) break
    const [training, test = null] = scores[i]!
    points.push({ training: training!, test })
    // The kernels went on.
    if (!Number.isFinite(training!.loss)) break
  }
  return { steps, points }
}
