import type { Problem } from './dataset.ts'
import type { ActivationChoice, Curve, Inspection, Setup } from './protocol.ts'
import type { Trainer } from './trainer.ts'

const POINTS_OF_A_CURVE = 100
const STEPS_BETWEEN_LOOKS = 25

/** Makes a trainer of one activation of a setup. */
export type MakeTrainer = (choice: ActivationChoice) => Trainer

/** The networks of a setup in training, side by side. */
export class Run {
  readonly problem: Problem
  readonly totalSteps: number
  readonly #setup: Setup
  readonly #competitors: readonly Competitor[]
  readonly #interval: number
  #step = 0

  constructor(setup: Setup, problem: Problem, makeTrainer: MakeTrainer) {
    this.problem = problem
    this.totalSteps = (setup.first?.steps ?? 0) + setup.steps
    this.#setup = setup
    this.#interval = Math.ceil(this.totalSteps / POINTS_OF_A_CURVE)
    this.#competitors = setup.activations.map(choice => new Competitor(choice, makeTrainer(choice), problem))
  }

  get step(): number {
    return this.#step
  }

  /** True while the networks have the activation of `first`. */
  get isInFirst(): boolean {
    return this.#setup.first !== undefined && this.#step < this.#setup.first.steps
  }

  get isFinished(): boolean {
    return this.#step >= this.totalSteps || this.#competitors.every(one => one.isOut)
  }

  /** Adds the first points of the curves. */
  async begin(): Promise<void> {
    for (const one of this.#competitors) await one.look(0, undefined)
  }

  /**
   * Trains all networks up to the next point of the curves, at most `most` steps. Where `first` ends, `beforeSwitch` may look at
   * them before they get their own activations.
   */
  async advance(most: number, beforeSwitch: () => Promise<void>): Promise<void> {
    const { first, stopAtLoss } = this.#setup
    const firstSteps = first?.steps ?? 0
    const after = (interval: number, from: number): number =>
      from + interval * (Math.floor((this.#step - from) / interval) + 1)
    const ends = [
      this.#step + most,
      this.totalSteps,
      after(this.#interval, 0),
      ...(this.isInFirst ? [firstSteps] : []),
      ...(stopAtLoss === undefined || this.isInFirst ? [] : [after(STEPS_BETWEEN_LOOKS, firstSteps)]),
    ]
    const end = Math.min(...ends)
    const isLook = end > firstSteps && (end - firstSteps) % STEPS_BETWEEN_LOOKS === 0
    for (const one of this.#competitors) {
      await one.train(end - this.#step, this.#step)
      await one.look(end, isLook ? stopAtLoss : undefined)
    }
    this.#step = end
    if (first === undefined || end !== firstSteps) return
    await beforeSwitch()
    for (const one of this.#competitors) one.takeOwnActivation()
  }

  /** The points of the curves since the last call. */
  takeCurves(): readonly Curve[] {
    return this.#competitors.map(one => one.takeCurve())
  }

  /** Steps a second of all networks together. */
  get stepsPerSecond(): number {
    const seconds = this.#competitors.reduce((sum, one) => sum + one.seconds, 0)
    return seconds > 0 ? this.#step / seconds : NaN
  }

  async inspect(): Promise<readonly Inspection[]> {
    const inspections: Inspection[] = []
    for (const { trainer } of this.#competitors) inspections.push(await trainer.inspect())
    return inspections
  }
}

type Points = Pick<Curve, 'steps' | 'loss' | 'accuracy' | 'testLoss' | 'testAccuracy'>
type Writable<Lists> = { -readonly [Key in keyof Lists]: number[] }

/** One network of a run. */
class Competitor {
  readonly trainer: Trainer
  /** The time that training took. */
  seconds = 0
  readonly #choice: ActivationChoice
  readonly #problem: Problem
  #points: Writable<Points> = noPoints()
  #trained = 0
  #divergedAt: number | null = null
  #stoppedAt: number | null = null

  constructor(choice: ActivationChoice, trainer: Trainer, problem: Problem) {
    this.#choice = choice
    this.trainer = trainer
    this.#problem = problem
  }

  /** True where it is not trained any more. */
  get isOut(): boolean {
    return this.#divergedAt !== null || this.#stoppedAt !== null
  }

  async train(wanted: number, from: number): Promise<void> {
    if (this.isOut) return
    const start = performance.now()
    const { steps } = await this.trainer.train(wanted)
    this.seconds += (performance.now() - start) / 1000
    this.#trained += steps
    if (steps < wanted) this.#divergedAt = from + steps
  }

  /** Adds a point to the curves, and stops below the loss `stopAt`. */
  async look(step: number, stopAt: number | undefined): Promise<void> {
    if (this.isOut) return
    const { training, test } = this.#problem
    const { loss, accuracy } = await this.trainer.evaluate(training)
    if (!Number.isFinite(loss)) {
      this.#divergedAt = step
      return
    }
    this.#points.steps.push(step)
    this.#points.loss.push(loss)
    this.#points.accuracy.push(accuracy)
    if (test !== null) {
      const tested = await this.trainer.evaluate(test)
      this.#points.testLoss.push(tested.loss)
      this.#points.testAccuracy.push(tested.accuracy)
    }
    if (stopAt !== undefined && loss < stopAt) this.#stoppedAt = step
  }

  takeOwnActivation(): void {
    this.trainer.setActivation(this.#choice)
  }

  takeCurve(): Curve {
    const points = this.#points
    this.#points = noPoints()
    const stepsPerSecond = this.seconds > 0 ? this.#trained / this.seconds : NaN
    return { ...points, stepsPerSecond, divergedAt: this.#divergedAt, stoppedAt: this.#stoppedAt }
  }
}

function noPoints(): Writable<Points> {
  return { steps: [], loss: [], accuracy: [], testLoss: [], testAccuracy: [] }
}
