import { throwIfAborted, unlessAborted, type Deadline } from '../support/deadlines.ts'
import { asKind } from '../support/arrays.ts'
import type { Cpu } from '../cpu/interface.ts'
import { allocate, checkUnchanged } from '../operations/layout.ts'
import { AlphaCall } from './alpha-call.ts'
import type { Answer, Call } from './calls.ts'
import { computations } from './computations.ts'
import { CrossChecks } from './cross-checks.ts'
import { Devices } from './devices.ts'
import { ElementwiseCall } from './elementwise-call.ts'
import {
  DeviceErrorEvent,
  DeviceLostEvent,
  dispatches,
  FallbackEvent,
  MismatchEvent,
  QuarantineEvent,
  TargetBase,
} from './events.ts'
import { gpuPart } from './gpu-part.ts'
import { type Operands, readBackward, readBackwardAlpha, readForward, readLength } from './inputs.ts'
import type { Dispatcher, Report } from './interface.ts'
import type { LiveDevice } from './live-device.ts'
import type { CheckedOptions } from './options.ts'
import type { ProcessorChoice } from './processor.ts'
import { CrossCheckError, DefinitionError, DestroyedError, GpuError, GpuRefusal, messageOf } from '../support/errors.ts'
import type { Attempt, Failure } from './recovery.ts'
import { missing } from '../support/platform.ts'

interface FailedTest {
  readonly report: string
}

/**
 * The dispatcher. Its methods and the report are own properties that need no `this`, so that they work when called
 * detached, or on a proxy or another object that has them.
 */
export class CheckedDispatcher extends TargetBase implements Dispatcher {
  declare readonly report: Report
  declare readonly [Symbol.dispose]: () => void
  readonly #options: CheckedOptions
  readonly #devices: Devices
  readonly #cpu: Cpu
  readonly #crossChecks: CrossChecks
  readonly #deviceErrors = { count: 0, last: null as string | null }
  readonly #tested = new Map<string, boolean>()
  readonly #quarantined = new Set<string>()
  readonly #missing: readonly string[]
  #reason: string | undefined
  #fallbacks = 0
  #retries = 0
  #destroyed = false

  constructor(options: CheckedOptions, processor: ProcessorChoice, cpu: Cpu) {
    super()
    this.#options = options
    this.#cpu = cpu
    this.#crossChecks = new CrossChecks(options)
    this.#devices = new Devices(options, processor, {
      onLost: (reason, message) => {
        this.#reason = undefined
        this.#tell(new DeviceLostEvent(reason, message))
      },
      onError: error => {
        this.#deviceErrors.count++
        this.#deviceErrors.last = error.message
        this.#tell(new DeviceErrorEvent(error))
      },
    })
    this.#missing = missing(options.worker !== false)
    computations.set(this, (call, signal) => this.#compute(call, signal))
    const define = (name: PropertyKey, descriptor: PropertyDescriptor): void => {
      Object.defineProperty(this, name, { ...descriptor, configurable: true, enumerable: true })
    }
    define('report', { get: () => this.#report })
    for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent'] as const) {
      define(name, { value: this[name].bind(this), writable: true })
    }
    const { dispose } = Symbol as { readonly dispose?: symbol }
    if (dispose !== undefined) define(dispose, { value: this.destroy, writable: true })
  }

  // The result type depends on the arguments by the overloads of the interface; `never` fits all of them.
  readonly forward = async (activation: unknown, ...given: unknown[]): Promise<never> => {
    const [y, mask] = await this.#computeElements(readForward(activation, given))
    return (mask === undefined ? y : { y, mask }) as never
  }

  readonly backward = async (activation: unknown, ...given: unknown[]): Promise<never> => {
    const [first, second] = await this.#computeElements(readBackward(activation, given))
    return (second === undefined ? first : { dGate: first, dUp: second }) as never
  }

  readonly backwardAlpha = async (activation: unknown, ...given: unknown[]): Promise<Float32Array<ArrayBuffer>> => {
    const operands = readBackwardAlpha(activation, given)
    return this.#compute(new AlphaCall(operands, this.#cpu), operands.signal)
  }

  readonly allocate = (length: number): Float32Array<ArrayBuffer> => {
    this.#checkLive()
    const elements = readLength(length)
    return this.#options.processor === 'webgpu' ? allocate(Float32Array, elements) : this.#cpu.allocate(elements)
  }

  get #report(): Report {
    const tested = [...this.#tested.values()]
    const passed = tested.filter(Boolean).length
    return {
      processor: this.#devices.areExpected ? 'webgpu' : 'cpu',
      reason: this.#reason ?? this.#devices.reason,
      cpu: this.#cpu.report,
      adapter: this.#devices.processor.adapter,
      crossover: this.#devices.processor.crossover?.report ?? null,
      crossChecks: this.#crossChecks.report,
      selfTests: { passed, failed: tested.length - passed },
      fallbacks: this.#fallbacks,
      quarantined: [...this.#quarantined],
      deviceLosses: this.#devices.losses,
      retries: this.#retries,
      deviceErrors: { ...this.#deviceErrors },
      missing: this.#missing,
    }
  }

  readonly destroy = (): void => {
    if (this.#destroyed) return
    this.#destroyed = true
    this.#devices.destroy(destroyed())
    this.#cpu.destroy(destroyed())
  }

  /** Returns results in the arrays of `out`, which are written only after the checks, or in new arrays of the same kind. */
  async #computeElements(operands: Operands): Promise<unknown[]> {
    const { kind, out, given } = operands
    const call = new ElementwiseCall(operands, this.#cpu)
    const results = await this.#compute(call, operands.signal)
    throwIfAborted([operands.signal])
    checkUnchanged(call.out, call.length)
    const [targets, own] = [Object.values(out), Object.values(given)]
    return results.map((result, i) => {
      if (result instanceof Uint32Array) return result
      const target = targets[i]
      if (target === undefined) return asKind(kind, result)
      if (target !== result) target.set(result)
      return own[i]
    })
  }

  async #compute<Result>(call: Call<Result>, signal: AbortSignal | undefined): Promise<Result> {
    this.#checkLive()
    throwIfAborted([signal])
    const { lifetime } = this.#devices
    const signals = signal === undefined ? [lifetime] : [lifetime, signal]
    const deadline = { signals, timeLimit: this.#options.timeLimit }
    if (!this.#devices.areWanted || call.length === 0) return this.#computeOnCpu(call, deadline)
    const favoured = this.#devices.processor.crossover?.favoursGpu(call) ?? true
    // Decides synchronously where the crossover is known: the CPU then computes before the caller goes on.
    if (typeof favoured === 'boolean')
      return favoured ? this.#computeOnGpu(call, deadline) : this.#computeOnCpu(call, deadline)
    // The measurement has its own time limit.
    const isFavoured = await unlessAborted(favoured, signals)
    checkUnchanged(call.arrays, call.length)
    return isFavoured ? this.#computeOnGpu(call, deadline) : this.#computeOnCpu(call, deadline)
  }

  #computeOnCpu<Result>(call: Call<Result>, deadline: Deadline): Result | Promise<Result> {
    const loading = this.#cpu.ready?.()
    if (loading === undefined) return call.computeOnCpu(deadline)
    // The loading has its own time limit.
    return unlessAborted(loading, deadline.signals).then(() => {
      this.#checkCaller(call, deadline)
      return call.computeOnCpu(deadline)
    })
  }

  /** Computes a call on the GPU, in as many attempts as {@link recoveryFrom} grants, or else on the CPU. */
  async #computeOnGpu<Result>(call: Call<Result>, deadline: Deadline): Promise<Result> {
    const { FIRST_ATTEMPT, recoveryFrom } = gpuPart()
    let attempt = FIRST_ATTEMPT
    for (;;) {
      const live = await this.#currentDevice(deadline)
      this.#checkCaller(call, deadline)
      if (live === undefined) return this.#fallBack(call, this.#devices.reason, deadline)
      if (this.#quarantined.has(call.kernel)) return this.#fallBack(call, quarantineOf(call.kernel), deadline)
      if (attempt !== FIRST_ATTEMPT) this.#retries++
      const outcome = await this.#attempt(call, live, attempt, deadline)
      if (!('reason' in outcome)) return this.#settle(call, outcome, deadline)
      const recovery = recoveryFrom(outcome, attempt, call.bytes)
      if ('fallBack' in recovery) return this.#fallBack(call, recovery.fallBack, deadline)
      attempt = recovery.attempt
    }
  }

  /** Tests the kernel before the first result that it gives, and computes a call on a device. */
  async #attempt<Result>(
    call: Call<Result>,
    live: LiveDevice,
    { chunk }: Attempt,
    deadline: Deadline,
  ): Promise<Answer<Result> | FailedTest | Failure> {
    const untilLost = { ...deadline, signals: [...deadline.signals, live.signal] }
    const { selfTest } = this.#options
    try {
      // The first call of a kernel is computed beside the self-test, and its result is held back until the verdict. First,
      // because the inputs of the self-test are made while the program is compiled.
      const isTested = !selfTest || this.#tested.has(call.kernel)
      const early = isTested ? undefined : call.computeOnGpu(live.device, untilLost, chunk, true)
      const testing = selfTest ? this.#selfTest(call, live, untilLost) : undefined
      // Not before both have settled: what follows a failure may take the arrays, and resets the workspace.
      if (early !== undefined) await Promise.allSettled([testing, early])
      const report = await testing
      const answer =
        report === undefined ? await (early ?? call.computeOnGpu(live.device, untilLost, chunk)) : { report }
      // The answer of a lost device is dropped.
      throwIfAborted(untilLost.signals)
      return answer
    } catch (error) {
      throwIfAborted(deadline.signals)
      // The caller's own WGSL: the answer of the CPU would hide the error.
      if (error instanceof DefinitionError) throw error
      const code = error instanceof GpuError ? error.code : undefined
      if (code === 'timeout') live.giveUp(messageOf(error))
      const isDeviceLost = live.ended || (!(error instanceof GpuRefusal) && (await live.hasEnded()))
      this.#checkCaller(call, deadline)
      // The workspace may hold objects that the device refused.
      if (!isDeviceLost) live.workspace.reset()
      const reason = isDeviceLost ? this.#devices.reason : messageOf(error)
      return { reason, isDeviceLost, isOutOfMemory: code === 'out-of-memory' }
    }
  }

  /** Returns the answer of the GPU after its check, or that of the CPU. */
  #settle<Result>(
    call: Call<Result>,
    outcome: Answer<Result> | FailedTest,
    deadline: Deadline,
  ): Result | Promise<Result> {
    this.#devices.noteSuccess()
    checkUnchanged(call.arrays, call.length)
    if ('report' in outcome) return this.#quarantine(call, outcome.report, deadline)
    const report = this.#crossCheck(call, outcome)
    if (report !== undefined) return this.#quarantine(call, report, deadline)
    // Another call may have quarantined the kernel in the meantime.
    return this.#quarantined.has(call.kernel)
      ? this.#fallBack(call, quarantineOf(call.kernel), deadline)
      : outcome.result
  }

  async #currentDevice(deadline: Deadline): Promise<LiveDevice | undefined> {
    const device = this.#devices.current()
    // The request for a device has its own time limit.
    return device instanceof Promise ? unlessAborted(device, deadline.signals) : device
  }

  /** Tests the kernel unless it was; returns the report of a failure. */
  async #selfTest(call: Call<unknown>, live: LiveDevice, deadline: Deadline): Promise<string | undefined> {
    const verdict = gpuPart().verdictOf(call, live, this.#options)
    // The self-test has its own time limit.
    const failure = await unlessAborted(verdict, deadline.signals)
    this.#tested.set(call.kernel, failure === undefined)
    checkUnchanged(call.arrays, call.length)
    return failure
  }

  /** Quarantines a kernel that gave a wrong result, and answers the call from the CPU or throws. */
  #quarantine<Result>(call: Call<Result>, report: string, deadline: Deadline): Result | Promise<Result> {
    const reason = report.split('\n', 1)[0]!
    if (!this.#quarantined.has(call.kernel)) {
      this.#quarantined.add(call.kernel)
      this.#tell(new QuarantineEvent(call.kernel, reason))
    }
    if (this.#options.onMismatch === 'throw') throw new CrossCheckError(report)
    return this.#fallBack(call, reason, deadline)
  }

  /** Compares an answer with the reference; returns the report of a difference. */
  #crossCheck({ activation, name }: Call<unknown>, answer: Answer<unknown>): string | undefined {
    const difference = this.#crossChecks.differenceOf(answer)
    if (difference === undefined) return undefined
    this.#tell(new MismatchEvent(activation, name, difference.report, difference.mismatches))
    return difference.report
  }

  #fallBack<Result>(call: Call<Result>, reason: string, deadline: Deadline): Result | Promise<Result> {
    this.#fallbacks++
    this.#reason = reason
    this.#tell(new FallbackEvent(call.activation, call.name, reason))
    // A listener may have aborted the call or detached its arrays.
    this.#checkCaller(call, deadline)
    return this.#computeOnCpu(call, deadline)
  }

  #tell(event: Event): void {
    if (dispatches) super.dispatchEvent(event)
  }

  /** Checks the signals and arrays of a call. @throws the reason of an aborted signal; InputError when an array was detached or resized */
  #checkCaller({ arrays, length }: Call<unknown>, deadline: Deadline): void {
    throwIfAborted(deadline.signals)
    checkUnchanged(arrays, length)
  }

  #checkLive(): void {
    if (this.#destroyed) throw destroyed()
  }
}

function quarantineOf(kernel: string): string {
  return `${kernel} is quarantined: it gave a wrong result before.`
}

/** The error of a call after `destroy()`. */
export function destroyed(): DestroyedError {
  return new DestroyedError('This dispatcher was destroyed.', 'Create another with createDispatcher().')
}
