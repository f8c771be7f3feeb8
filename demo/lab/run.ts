import type { Curve, Inspection } from './protocol.ts'
import type { ActivationChoice, Setup } from './training-setup.ts'
import type { Trainer } from './trainer.ts'

const POINTS_OF_A_CURVE = 100
const STEPS_BETWEEN_LOOKS = 25

/** Makes a trainer of one activation of a setup. */
export type MakeTrainer = (choice: ActivationChoice) => Trainer

/** The networks of a setup in training, side by side. */
export class Run {
  readonly totalSteps: number
  readonly #setup: Setup
  readonly #competitors: readonly Competitor[]
  readonly #interval: number
  #step = 0

  constructor(setup: Setup, makeTrainer: MakeTrainer) {
    this.totalSteps = (setup.first?.steps ?? 0) + setup.steps
    this.#setup = setup
    this.#interval = Math.ceil(this.totalSteps / POINTS_OF_A_CURVE)
    this.#competitors = setup.activations.map(choice => new Competitor(choice, makeTrainer(choice)))
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

  /** Adds a point to the curves where they have none at this step. */
  async addPoint(): Promise<void> {
    for (const one of this.#competitors) await one.addPoint(this.#step)
  }

  /**
   * Trains all networks over as many steps as trainers take at once, at most `most`, with the points of the curves among them. At
   * the end of `first`, `beforeSwitch` may inspect them before they get their own activations.
   */
  async advance(most: number, beforeSwitch: () => Promise<void>): Promise<void> {
    const { first, stopAtLoss } = this.#setup
    const firstSteps = first?.steps ?? 0
    const after = (step: number, interval: number, from: number): number =>
      from + interval * (Math.floor((step - from) / interval) + 1)
    const last = Math.min(
      this.#step + most,
      this.totalSteps,
      ...(this.isInFirst ? [firstSteps] : []),
      ...(stopAtLoss === undefined || this.isInFirst ? [] : [after(this.#step, STEPS_BETWEEN_LOOKS, firstSteps)]),
    )
    const atOnce = Math.min(...this.#competitors.map(({ trainer }) => trainer.stepsAtOnce))
    const end = Math.min(last, this.#step + atOnce)
    const lengths: number[] = []
    let scored = this.#step
    while (scored < end) {
      const next = Math.min(last, after(scored, this.#interval, 0))
      if (next > end) break
      lengths.push(next - scored)
      scored = next
    }
    const isLook = end > firstSteps && (end - firstSteps) % STEPS_BETWEEN_LOOKS === 0
    const stopAt = isLook ? stopAtLoss : undefined
    for (const one of this.#competitors) await one.follow(lengths, end - scored, this.#step, stopAt)
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

  /** Frees what the networks have on a GPU. */
  close(): void {
    for (const { trainer } of this.#competitors) trainer.close()
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
  #points: Writable<Points> = noPoints()
  #trained = 0
  #pointAt = -1
  #divergedAt: number | null = null
  #stoppedAt: number | null = null

  constructor(choice: ActivationChoice, trainer: Trainer) {
    this.#choice = choice
    this.trainer = trainer
  }

  /** True where it is not trained any more. */
  get isOut(): boolean {
    return this.#divergedAt !== null || this.#stoppedAt !== null
  }

  async addPoint(step: number): Promise<void> {
    if (step !== this.#pointAt) await this.follow([0], 0, step, undefined)
  }

  /** Trains stretches of steps, adds a point to the curves after each, trains the rest, and stops below the loss `stopAt`. */
  async follow(lengths: readonly number[], rest: number, from: number, stopAt: number | undefined): Promise<void> {
    if (this.isOut) return
    const { steps, points, seconds } = await this.trainer.follow(lengths, rest)
    this.seconds += seconds
    this.#trained += steps
    let step = from
    for (const [i, { training, test }] of points.entries()) {
      step += lengths[i]!
      if (!Number.isFinite(training.loss)) {
        this.#divergedAt = step
        return
      }
      this.#pointAt = step
      this.#points.steps.push(step)
      this.#points.loss.push(training.loss)
      this.#points.accuracy.push(training.accuracy)
      if (test === null) continue
      this.#points.testLoss.push(test.loss)
      this.#points.testAccuracy.push(test.accuracy)
    }
    if (steps < lengths.reduce((sum, length) => sum + length, rest)) this.#divergedAt = from + steps
    else if (stopAt !== undefined && points.at(-1)!.training.loss < stopAt) this.#stoppedAt = step
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
