import { ActivationsError } from '../../../src/index.ts'
import { messageOf } from '../../support/format.ts'
import { pause, Stopped } from '../../support/pause.ts'
import { claimOf } from '../claims.ts'
import { drawProblem } from '../data.ts'
import type { Digits } from '../digits.ts'
import { LabError } from '../errors.ts'
import { LabProcessor } from './processor.ts'
import type { Inspections, Message, ProcessorChoice, Request } from '../protocol.ts'
import type { Setup } from '../training-setup.ts'
import type { ClaimName } from '../story.ts'
import { Run } from '../run.ts'
import { checkSetup } from '../setup.ts'
import { judge, type SeedResult } from '../verdict.ts'

/** Short enough that a pause takes effect at once. */
const MILLISECONDS_BETWEEN_PAUSES = 16
const MILLISECONDS_BETWEEN_PROGRESS = 100
const MILLISECONDS_BETWEEN_INSPECTIONS = 250
/** The share of the time that inspections may take: that of a deep network takes 40 milliseconds. */
const SHARE_OF_INSPECTIONS = 0.2

/** Carries out the requests of a training worker one after the other, and posts the results. */
export class Session {
  readonly #post: (message: Message) => void
  readonly #readDigits: () => Promise<Digits>
  #digits: Promise<Digits> | undefined
  #processor: LabProcessor | undefined
  #run: Run | undefined
  #queue: Promise<void> = Promise.resolve()
  /** The number of requests that wait for the one that is carried out, which ends for them. */
  #waiting = 0
  #pausedAt = performance.now()

  /** @param readDigits reads optdigits.bin; it is called once the digits are needed */
  constructor(post: (message: Message) => void, readDigits: () => Promise<Digits>) {
    this.#post = post
    this.#readDigits = readDigits
  }

  /** Carries out a request after those before, the last of which it ends. Never rejects: a failure is a message, too. */
  handle(request: Request): Promise<void> {
    this.#waiting++
    this.#queue = this.#queue.then(async () => {
      this.#waiting--
      try {
        await this.#carryOut(request)
      } catch (error) {
        if (!(error instanceof Stopped)) this.#post({ type: 'failed', run: request.run, ...describeError(error) })
      }
    })
    return this.#queue
  }

  close(): void {
    this.#run?.close()
    this.#processor?.close()
  }

  async #carryOut(request: Request): Promise<void> {
    const { run } = request
    switch (request.type) {
      case 'reset':
        return this.#reset(run, request.setup, request.processor)
      case 'run':
        return this.#train(run, Infinity)
      case 'step':
        return this.#train(run, request.steps ?? 1)
      case 'pause':
        return this.#rest(run)
      case 'judge':
        return this.#judge(run, request.claims, request.seeds, request)
      case 'stop':
        return this.#post({ type: 'judged', run })
    }
  }

  async #reset(run: number, setup: Setup, choice: ProcessorChoice = 'auto'): Promise<void> {
    checkSetup(setup)
    const problem = await drawProblem(setup.data, setup.seed, this.#loadDigits)
    const processor = await this.#open(choice)
    const made = new Run(setup, processor.trainersOf(setup, problem))
    await made.addPoint()
    this.#run?.close()
    this.#run = made
    const { rows, features, classes, values, labels } = problem.training
    this.#post({
      type: 'ready',
      run,
      data: {
        rows,
        testRows: problem.test?.rows ?? 0,
        features,
        classes,
        points: features === 2 ? { values, labels } : null,
      },
      steps: made.totalSteps,
      ...processor.report(),
    })
    this.#postProgress(run, made)
    await this.#postInspection(run, made, 'start')
  }

  async #train(run: number, steps: number): Promise<void> {
    const training = this.#training()
    const end = training.step + steps
    let progressAt = performance.now()
    let inspectAt = progressAt + MILLISECONDS_BETWEEN_INSPECTIONS
    while (!training.isFinished && training.step < end) {
      await training.advance(end - training.step, async () => {
        this.#postProgress(run, training)
        await this.#postInspection(run, training, 'switch')
      })
      await this.#pauseAtTimes()
      const now = performance.now()
      if (now - progressAt > MILLISECONDS_BETWEEN_PROGRESS) {
        progressAt = now
        this.#postProgress(run, training)
      }
      if (now > inspectAt) {
        await this.#postInspection(run, training, 'training')
        const taken = performance.now() - now
        inspectAt = now + Math.max(MILLISECONDS_BETWEEN_INSPECTIONS, taken / SHARE_OF_INSPECTIONS)
      }
    }
    await this.#rest(run)
  }

  /** Tells where the run is: it pauses there, or it is finished. */
  async #rest(run: number): Promise<void> {
    const training = this.#training()
    await training.addPoint()
    const { step, isFinished } = training
    this.#postProgress(run, training)
    await this.#postInspection(run, training, isFinished ? 'end' : 'training')
    this.#post({ type: isFinished ? 'finished' : 'paused', run, step })
  }

  async #judge(
    run: number,
    names: readonly ClaimName[],
    seeds: number,
    { firstSeed = 1, processor = 'auto' }: { firstSeed?: number; processor?: ProcessorChoice },
  ): Promise<void> {
    const opened = await this.#open(processor)
    const lab = {
      dispatcher: opened.dispatcherOfClaims(),
      loadDigits: this.#loadDigits,
      pause: () => this.#pauseAtTimes(),
    }
    for (const name of names) {
      const claim = claimOf(name)
      const results: SeedResult[] = []
      for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
        const measured = await claim.measure(lab, { ...claim.setup, seed })
        results.push({ seed, measured, passed: claim.passes(measured) })
        const { passed } = judge(claim, results)
        const soFar = { passedSoFar: passed, runSoFar: results.length, seeds }
        this.#post({ type: 'seed', run, claim: name, ...results.at(-1)!, ...soFar })
        this.#postNotice()
        await this.#pauseAtTimes()
      }
      this.#post({ type: 'verdict', run, ...judge(claim, results) })
    }
    this.#post({ type: 'judged', run })
  }

  /** Lets requests in now and then. @throws Stopped where one waits */
  async #pauseAtTimes(): Promise<void> {
    if (performance.now() - this.#pausedAt > MILLISECONDS_BETWEEN_PAUSES) {
      await pause()
      this.#pausedAt = performance.now()
    }
    if (this.#waiting > 0) throw new Stopped()
  }

  async #open(choice: ProcessorChoice): Promise<LabProcessor> {
    if (this.#processor?.choice === choice && this.#processor.isUsable) return this.#processor
    const opened = await LabProcessor.open(choice)
    // The networks of the run before are trained by the processor before.
    this.#run?.close()
    this.#run = undefined
    this.#processor?.close()
    this.#processor = opened
    return opened
  }

  readonly #loadDigits = (): Promise<Digits> => {
    this.#digits ??= this.#readDigits().catch((error: unknown) => {
      this.#digits = undefined
      throw error
    })
    return this.#digits
  }

  #training(): Run {
    if (this.#run === undefined) {
      throw new LabError('nothing-to-train', 'There is no network to train.', 'Choose a setup: it is made by a reset.')
    }
    return this.#run
  }

  #postProgress(run: number, training: Run): void {
    const { step, stepsPerSecond } = training
    this.#post({ type: 'progress', run, step, stepsPerSecond, curves: training.takeCurves() })
    this.#postNotice()
  }

  async #postInspection(run: number, training: Run, at: Inspections['at']): Promise<void> {
    const networks = await training.inspect()
    this.#post({ type: 'inspection', run, step: training.step, at, networks })
  }

  #postNotice(): void {
    const notice = this.#processor?.takeNotice()
    if (notice !== undefined) this.#post({ type: 'processor', ...notice })
  }
}

function describeError(error: unknown): { message: string; fix: string } {
  const message = messageOf(error)
  if (error instanceof LabError) return { message, fix: error.fix }
  // The message of the library ends with the fix.
  if (error instanceof ActivationsError) return { message: message.replace(error.fix, '').trim(), fix: error.fix }
  return { message, fix: 'Reload the page, and try again.' }
}
