import type { Activation, Direction } from '../activations/support/activation.ts'
import type { GluActivation } from '../activations/support/glu-activation.ts'
import type { Mismatch } from '../checking/comparison.ts'
import type { EventConstructor, GPUError } from '../support/platform-types.ts'
import { platform } from '../support/platform.ts'

// Looked up once, because a class needs its base class when it is defined.
const NativeEvent = /* @__PURE__ */ platform('Event')
const NativeTarget = /* @__PURE__ */ platform('EventTarget')

// The base class of events in an engine without Event.
class BareEvent {
  readonly type: string

  constructor(type: string) {
    this.type = type
  }
}

// The base class of dispatchers in an engine without EventTarget: no listener is called.
class DeafTarget {
  addEventListener(): void {}
  removeEventListener(): void {}
  dispatchEvent(): boolean {
    return true
  }
}

const EventBase = (NativeEvent ?? BareEvent) as EventConstructor

/** @internal The base class of dispatchers: EventTarget, where the engine has it. */
export const TargetBase: typeof EventTarget = NativeTarget ?? DeafTarget

/** @internal True if the engine can dispatch events. */
export const dispatches = NativeEvent !== undefined && NativeTarget !== undefined

/** A computing method of a dispatcher, or a function of `webgpu-activations/diagnostics`, by its name. */
export type CallName = Direction | 'backwardAlpha' | 'activationStatistics' | 'deadUnits' | 'gradientNorm'

/** A GPU result differed from the CPU reference. Dispatched before the call is answered. */
export class MismatchEvent extends EventBase {
  /** The activation or the GLU of the call; of `gradientNorm` the identity, `leakyRelu({ alpha: 1 })`. */
  declare readonly activation: Activation | GluActivation
  /** The method that was called. */
  declare readonly direction: CallName
  /** The differences, described for a person. */
  declare readonly report: string
  /** The first elements that differ. */
  declare readonly mismatches: readonly Mismatch[]

  constructor(
    activation: Activation | GluActivation,
    direction: CallName,
    report: string,
    mismatches: readonly Mismatch[],
  ) {
    super('mismatch')
    Object.assign(this, { activation, direction, report, mismatches })
  }
}

/** A call that was meant for the GPU is answered by the CPU. */
export class FallbackEvent extends EventBase {
  /** The activation or the GLU of the call; of `gradientNorm` the identity, `leakyRelu({ alpha: 1 })`. */
  declare readonly activation: Activation | GluActivation
  /** The method that was called. */
  declare readonly direction: CallName
  /** The reason, as in the dispatcher's report. */
  declare readonly reason: string

  constructor(activation: Activation | GluActivation, direction: CallName, reason: string) {
    super('fallback')
    Object.assign(this, { activation, direction, reason })
  }
}

/** A kernel gave a wrong result, in its self-test or in a call. This dispatcher does not use the kernel again. */
export class QuarantineEvent extends EventBase {
  /** The name of the kernel, as in the dispatcher's report: `'relu forward'`. */
  declare readonly kernel: string
  /** The error of the kernel. */
  declare readonly reason: string

  constructor(kernel: string, reason: string) {
    super('quarantine')
    Object.assign(this, { kernel, reason })
  }
}

/** The dispatcher's device was lost, or did not answer in time. Its pending calls are computed on another device or on the CPU. */
export class DeviceLostEvent extends EventBase {
  /** The reason of WebGPU, `'destroyed'` or `'unknown'`, or `'timeout'`. */
  declare readonly reason: string
  /** The message of WebGPU, or the step that did not end in time. */
  declare readonly message: string

  constructor(reason: string, message: string) {
    super('devicelost')
    Object.assign(this, { reason, message })
  }
}

/** An error of the dispatcher's own device outside every call. The errors of an adopted device go to its owner. */
export class DeviceErrorEvent extends EventBase {
  /** The error of WebGPU. */
  declare readonly error: GPUError
  /** The message of the error. */
  declare readonly message: string

  constructor(error: GPUError) {
    super('deviceerror')
    Object.assign(this, { error, message: error.message })
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
  /** The dispatcher's own device reported an error outside every call. */
  readonly deviceerror: DeviceErrorEvent
}
