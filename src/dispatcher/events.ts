import type { Activation, Direction } from '../activations/activation.ts'
import type { GatedActivation } from '../activations/gated.ts'
import type { Mismatch } from '../cross-check.ts'

/** What a dispatcher computes: its methods by their names. */
export type CallName = Direction | 'backwardAlpha'

/** A GPU result differed from the CPU reference. Dispatched before the call is answered. */
export class MismatchEvent extends Event {
  readonly activation: Activation | GatedActivation
  /** The method that was called. */
  readonly direction: CallName
  /** What differs, to be read by a person. */
  readonly report: string
  /** The first elements that differ. */
  readonly mismatches: readonly Mismatch[]

  constructor(
    activation: Activation | GatedActivation,
    direction: CallName,
    report: string,
    mismatches: readonly Mismatch[],
  ) {
    super('mismatch')
    this.activation = activation
    this.direction = direction
    this.report = report
    this.mismatches = mismatches
  }
}

/** A call that was meant for the GPU is answered by the CPU. */
export class FallbackEvent extends Event {
  readonly activation: Activation | GatedActivation
  /** The method that was called. */
  readonly direction: CallName
  /** Why, as in the dispatcher's report. */
  readonly reason: string

  constructor(activation: Activation | GatedActivation, direction: CallName, reason: string) {
    super('fallback')
    this.activation = activation
    this.direction = direction
    this.reason = reason
  }
}

/** The events of a dispatcher by their names. */
export interface DispatcherEvents {
  readonly mismatch: MismatchEvent
  readonly fallback: FallbackEvent
}
