import { type Signal, throwIfAborted, unlessAborted, type Deadline } from '../support/deadlines.ts'
import { asKind } from '../support/arrays.ts'
import { allocate } from '../reference/compute.ts'
import { type Cpu, createCpu } from '../cpu/cpu.ts'
import { checkUnchanged } from '../operations/layout.ts'
import type { LoadedKernels } from '../cpu/wasm/module.ts'
import { type Answer, backwardAlphaCall, type Call, elementwiseCall } from './calls.ts'
import { CrossChecks } from './cross-checks.ts'
import { Devices } from './devices.ts'
import {
  DeviceErrorEvent,
  DeviceLostEvent,
  dispatches,
  FallbackEvent,
  MismatchEvent,
  QuarantineEvent,
  TargetBase,
} from './events.ts'
import { type Operands, readBackward, readBackwardAlpha, readForward, readLength } from './inputs.ts'
import type { Dispatcher, Report } from './interface.ts'
import type { LiveDevice } from './live-device.ts'
import { type CheckedOptions, type DispatcherOptions, readOptions } from './options.ts'
import { chooseProcessor, type Processor } from './processor.ts'
import { SelfTests } from './self-tests.ts'
import { CrossCheckError, DestroyedError, GpuError, GpuRefusal, messageOf } from '../support/errors.ts'
import { LARGEST_CHUNK, smallerChunk } from '../gpu/transfer/round-trip.ts'
import { missing } from '../support/platform.ts'

/**
 * Creates a dispatcher: it computes arrays on WebGPU or on the CPU, compares what the GPU gives with the CPU reference, and
 * answers from the CPU when anything is wrong.
 *
 * @throws InputError (by rejection) for an option that does not exist or has no such value
 * @throws UnavailableError (by rejection) with `processor: 'webgpu'` where there is no WebGPU, no adapter or no device
 */
export async function createDispatcher(options?: DispatcherOptions): Promise<Dispatcher> {
  return createDispatcherWith(options)
}

/** @internal The same with other kernels for the CPU, or without. */
export async function createDispatcherWith(
  options: DispatcherOptions | undefined,
  kernels?: LoadedKernels,
): Promise<Dispatcher> {
  const checked = readOptions(options)
  const signals = checked.signal === undefined ? [] : [checked.signal]
  throwIfAborted(signals)
  const creating = create(checked, signals, kernels)
  try {
    return await unlessAborted(creating, signals)
  } catch (error) {
    // It may come when nobody waits for it any more.
    creating.then(
      dispatcher => dispatcher.destroy(),
      () => undefined,
    )
    throw error
  }
}

async function create(
  options: CheckedOptions,
  signals: readonly AbortSignal[],
  kernels: LoadedKernels | undefined,
): Promise<CheckedDispatcher> {
  const creating = createCpu(options, kernels)
  try {
    const processor = await chooseProcessor(options, { signals, timeLimit: options.timeLimit })
    return new CheckedDispatcher(options, processor, await creating)
  } catch (error) {
    // It may have started a worker.
    void creating.then(
      cpu => cpu.destroy(destroyed()),
      () => undefined,
    )
    throw error
  }
}

// On as many devices after the first a call is tried again.
const MOST_RETRIES = 2

/**
 * Its methods, and the report, are its own properties and know it without `this`: they may be taken off it, and called on a proxy or
 * on whatever else has them from it.
 */
class CheckedDispatcher extends TargetBase implements Dispatcher {
  declare readonly report: Report
  readonly #options: CheckedOptions
  readonly #devices: Devices
  readonly #cpu: Cpu
  readonly #selfTests: SelfTests
  readonly #crossChecks: CrossChecks
  readonly #deviceErrors = { count: 0, last: null as string | null }
  readonly #tested = new Map<string, boolean>()
  readonly #quarantined = new Set<string>()
  readonly #missing: readonly string[]
  #reason: string | undefined
  #fallbacks = 0
  #retries = 0
  #destroyed = false

  constructor(options: CheckedOptions, processor: Processor, cpu: Cpu) {
    super()
    this.#options = options
    this.#cpu = cpu
    this.#selfTests = new SelfTests(options)
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
    this.#missing = missing(options.worker)
    const define = (name: string, descriptor: PropertyDescriptor): void => {
      Object.defineProperty(this, name, { ...descriptor, configurable: true, enumerable: true })
    }
    define('report', { get: () => this.#report })
    for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent'] as const) {
      define(name, { value: this[name].bind(this), writable: true })
    }
  }

  // What comes back depends on what is given: the interface says how, and `never` fits all that it says.
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
    return this.#compute(backwardAlphaCall(operands), operands.signal)
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
      adapter: this.#devices.adapter,
      crossover: this.#devices.crossover?.report ?? null,
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

  /** Results as the caller has them: in its own arrays, once they are right, or in new ones of their kind. */
  async #computeElements(operands: Operands): Promise<unknown[]> {
    const { kind, out, given } = operands
    const call = elementwiseCall(operands, this.#cpu)
    const results = await this.#compute(call, operands.signal)
    throwIfAborted([operands.signal])
    checkUnchanged(out, call.length)
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
    if (!this.#devices.areWanted || call.length === 0) return call.onCpu(deadline)
    const favoured = this.#devices.crossover?.favoursGpu(call) ?? true
    // At once where it is known: what the CPU computes is then computed before the caller goes on.
    const isFavoured = typeof favoured === 'boolean' ? favoured : await this.#decision(favoured, call, signals)
    return isFavoured ? this.#computeOnGpu(call, deadline) : call.onCpu(deadline)
  }

  async #decision(
    favoured: Promise<boolean>,
    { arrays, length }: Call<unknown>,
    signals: readonly Signal[],
  ): Promise<boolean> {
    // What is measured for it has its own time limit.
    const isFavoured = await unlessAborted(favoured, signals)
    checkUnchanged(arrays, length)
    return isFavoured
  }

  /** Computes a call on the device; again on the next one when it is lost, in smaller pieces for want of memory, or on the CPU. */
  async #computeOnGpu<Result>(call: Call<Result>, deadline: Deadline): Promise<Result> {
    const { arrays, kernel, length } = call
    let chunk: number | undefined
    let losses = 0
    for (;;) {
      const live = losses > MOST_RETRIES ? undefined : await this.#currentDevice(deadline)
      throwIfAborted(deadline.signals)
      checkUnchanged(arrays, length)
      if (live === undefined) return this.#fallBack(call, this.#devices.reason, deadline)
      if (this.#quarantined.has(kernel)) {
        return this.#fallBack(call, quarantineOf(kernel), deadline)
      }
      if (losses > 0 || chunk !== undefined) this.#retries++
      const whileItLives = { ...deadline, signals: [...deadline.signals, live.signal] }
      let answer: Answer<Result> | undefined
      let wrong: string | undefined
      try {
        wrong = await this.#selfTest(call, live, whileItLives)
        if (wrong === undefined) answer = await call.onGpu(live.device, whileItLives, chunk)
        // What a dead device gave is not asked whether it is right.
        throwIfAborted(whileItLives.signals)
      } catch (error) {
        throwIfAborted(deadline.signals)
        const code = error instanceof GpuError ? error.code : undefined
        if (code === 'timeout') live.giveUp((error as GpuError).message)
        const hasEnded = live.ended || (!(error instanceof GpuRefusal) && (await live.hasEnded()))
        throwIfAborted(deadline.signals)
        checkUnchanged(arrays, length)
        if (hasEnded) {
          losses++
          continue
        }
        // What the device refused may be kept there.
        live.workspace.reset()
        // For want of memory, first again in the same chunks.
        const smaller = (): number | undefined =>
          chunk === undefined ? LARGEST_CHUNK : smallerChunk(chunk, call.bytes)
        const next = code === 'out-of-memory' ? smaller() : undefined
        if (next === undefined) return this.#fallBack(call, messageOf(error), deadline)
        chunk = next
        continue
      }
      this.#devices.noteSuccess()
      checkUnchanged(arrays, length)
      wrong ??= this.#crossCheck(call, answer!)
      if (wrong !== undefined) return this.#quarantine(call, wrong, deadline)
      // Meanwhile another call may have found it wrong.
      return this.#quarantined.has(kernel) ? this.#fallBack(call, quarantineOf(kernel), deadline) : answer!.result
    }
  }

  async #currentDevice(deadline: Deadline): Promise<LiveDevice | undefined> {
    const device = this.#devices.current()
    // To request a device has its own time limit.
    return device instanceof Promise ? unlessAborted(device, deadline.signals) : device
  }

  /** Says how a kernel failed its self-test, which is made before its first use. */
  async #selfTest(call: Call<unknown>, live: LiveDevice, deadline: Deadline): Promise<string | undefined> {
    if (!this.#options.selfTest) return undefined
    const verdict = this.#selfTests.verdictOf(call, live)
    // It ends itself when its time is up.
    const failure = await unlessAborted(verdict, deadline.signals)
    this.#tested.set(call.kernel, failure === undefined)
    checkUnchanged(call.arrays, call.length)
    return failure
  }

  /** Answers a call whose kernel gave something wrong, and uses that kernel no more. */
  #quarantine<Result>(call: Call<Result>, report: string, deadline: Deadline): Result | Promise<Result> {
    const reason = report.split('\n', 1)[0]!
    if (!this.#quarantined.has(call.kernel)) {
      this.#quarantined.add(call.kernel)
      this.#tell(new QuarantineEvent(call.kernel, reason))
    }
    if (this.#options.onMismatch === 'throw') throw new CrossCheckError(report)
    return this.#fallBack(call, reason, deadline)
  }

  /** Compares an answer with the reference; returns the report when they differ. */
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
    // Those who listen may have done anything.
    throwIfAborted(deadline.signals)
    checkUnchanged(call.arrays, call.length)
    return call.onCpu(deadline)
  }

  #tell(event: Event): void {
    if (dispatches) super.dispatchEvent(event)
  }

  #checkLive(): void {
    if (this.#destroyed) throw destroyed()
  }
}

function quarantineOf(kernel: string): string {
  return `${kernel} is quarantined: it gave a wrong result before.`
}

function destroyed(): DestroyedError {
  return new DestroyedError('This dispatcher was destroyed.', 'Create another with createDispatcher().')
}
