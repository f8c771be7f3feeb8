import type { Activation, Direction } from '../activations/support/activation.ts'
import type { GluActivation } from '../activations/support/glu-activation.ts'
import type { Mismatch } from '../checking/comparison.ts'
import type { EventConstructor, GPUError } from '../support/platform-types.ts'
import { platform } from '../support/platform.ts'

// Looked up once, for classes extend what there is when they are made.
const NativeEvent = /* @__PURE__ */ platform('Event')
const NativeTarget = /* @__PURE__ */ platform('EventTarget')

// Events that nobody hears of still have their type.
class BareEvent {
  readonly type: string

  constructor(type: string) {
    this.type = type
  }
}

// A dispatcher has its methods, at least.
class DeafTarget {
  addEventListener(): void {}
  removeEventListener(): void {}
  dispatchEvent(): boolean {
    return true
  }
}

const EventBase = (NativeEvent ?? BareEvent) as EventConstructor

/** @internal What a dispatcher is: an EventTarget, where there is one. */
export const TargetBase: typeof EventTarget = NativeTarget ?? DeafTarget

/** @internal Whether events reach anybody. */
export const dispatches = NativeEvent !== undefined && NativeTarget !== undefined

/** What a dispatcher computes: its methods by their names. */
export type CallName = Direction | 'backwardAlpha'

/** A GPU result differed from the CPU reference. Dispatched before the call is answered. */
export class MismatchEvent extends EventBase {
  /** The activation or pair of the call. */
  readonly activation: Activation | GluActivation
  /** The method that was called. */
  readonly direction: CallName
  /** What differs, to be read by a person. */
  readonly report: string
  /** The first elements that differ. */
  readonly mismatches: readonly Mismatch[]

  constructor(
    activation: Activation | GluActivation,
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
export class FallbackEvent extends EventBase {
  /** The activation or pair of the call. */
  readonly activation: Activation | GluActivation
  /** The method that was called. */
  readonly direction: CallName
  /** Why, as in the dispatcher's report. */
  readonly reason: string

  constructor(activation: Activation | GluActivation, direction: CallName, reason: string) {
    super('fallback')
    this.activation = activation
    this.direction = direction
    this.reason = reason
  }
}

/** A kernel gave a wrong result, in its self-test or in a call: this dispatcher does not use it again. */
export class QuarantineEvent extends EventBase {
  /** As the dispatcher's report has it: `'relu forward'`. */
  readonly kernel: string
  /** What was wrong. */
  readonly reason: string

  constructor(kernel: string, reason: string) {
    super('quarantine')
    this.kernel = kernel
    this.reason = reason
  }
}

/** The dispatcher's device was lost, or did not answer in time. The calls that wait for it are computed elsewhere. */
export class DeviceLostEvent extends EventBase {
  /** `'destroyed'` or `'unknown'`, as WebGPU has it, or `'timeout'`. */
  readonly reason: string
  /** What WebGPU says about it, or which step did not end in time. */
  readonly message: string

  constructor(reason: string, message: string) {
    super('devicelost')
    this.reason = reason
    this.message = message
  }
}

/** An error on the dispatcher's own device that no call was answerable for. On an adopted device its owner hears of them. */
export class DeviceErrorEvent extends EventBase {
  /** The error as WebGPU reported it. */
  readonly error: GPUError
  /** The message of the error. */
  readonly message: string

  constructor(error: GPUError) {
    super('deviceerror')
    this.error = error
    this.message = error.message
  }
}

/** The events of a dispatcher by their names. */
export interface DispatcherEvents {
  /** A result was out of bounds. */
  readonly mismatch: MismatchEvent
  /** The CPU took over a call that was meant for the GPU. */
  readonly fallback: FallbackEvent
  /** A kernel is not used again. */
  readonly quarantine: QuarantineEvent
  /** A device was lost or did not answer in time. */
  readonly devicelost: DeviceLostEvent
  /** The dispatcher's own device reported an error that belongs to no call. */
  readonly deviceerror: DeviceErrorEvent
}
