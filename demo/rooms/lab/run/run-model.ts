import type { Curve, Inspection, Message, ProcessorReport, Ready } from '../../../lab/protocol.ts'
import type { Setup } from '../../../lab/training-setup.ts'

/** All points of the curves of one network so far. */
export type Curves = { -readonly [Name in keyof Curve]: Curve[Name] extends readonly number[] ? number[] : Curve[Name] }

/** A training run as the page shows it: what its messages add up to. */
export class RunModel {
  readonly setup: Setup
  readonly data: Ready['data']
  readonly steps: number
  processor: ProcessorReport
  phase: 'ready' | 'running' | 'paused' | 'finished' = 'ready'
  step = 0
  /** Counts the messages that change the curves. */
  additions = 0
  readonly curves: readonly Curves[]
  /** The networks, one an activation; empty before they have been inspected. */
  networks: readonly Inspection[] = []
  /** For each network its latest inspection with finite gradients: one that diverged has none any more. */
  readonly finite: { readonly step: number; readonly inspection: Inspection }[] = []
  /** The network that all had in common, where its activation was replaced. */
  before: Inspection | undefined

  constructor(setup: Setup, { data, steps, processor, reason, adapter }: Ready) {
    this.setup = setup
    this.data = data
    this.steps = steps
    this.processor = { processor, reason, adapter }
    this.curves = setup.activations.map(() => ({
      steps: [],
      loss: [],
      accuracy: [],
      testLoss: [],
      testAccuracy: [],
      stepsPerSecond: NaN,
      divergedAt: null,
      stoppedAt: null,
    }))
  }

  get isRunning(): boolean {
    return this.phase === 'running'
  }

  /** The step at which the run ends: before its last one where no network is left. */
  get end(): number {
    return this.phase === 'finished' ? this.step : this.steps
  }

  /** True where every network diverged: the run ended early. */
  get hasDiverged(): boolean {
    return this.curves.every(({ divergedAt }) => divergedAt !== null)
  }

  apply(message: Message): void {
    switch (message.type) {
      case 'progress':
        this.step = message.step
        this.additions++
        message.curves.forEach((curve, i) => extend(this.curves[i]!, curve))
        return
      case 'inspection':
        this.networks = message.networks
        message.networks.forEach((inspection, i) => {
          if (Number.isFinite(inspection.gradientNorm)) this.finite[i] = { step: message.step, inspection }
        })
        if (message.at === 'switch') this.before = message.networks[0]
        return
      case 'processor':
        this.processor = message
        return
      case 'paused':
      case 'finished':
        this.phase = message.type
        this.step = message.step
        this.additions++
        return
      default:
    }
  }
}

function extend(all: Curves, { steps, loss, accuracy, testLoss, testAccuracy, ...rest }: Curve): void {
  all.steps.push(...steps)
  all.loss.push(...loss)
  all.accuracy.push(...accuracy)
  all.testLoss.push(...testLoss)
  all.testAccuracy.push(...testAccuracy)
  Object.assign(all, rest)
}
