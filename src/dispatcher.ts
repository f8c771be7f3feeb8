import { asKind } from './arrays.ts'
import { allocate } from './cpu/compute.ts'
import { type Cpu, createCpu } from './cpu/cpu.ts'
import { checkUnchanged } from './cpu/tensors.ts'
import type { LoadedKernels } from './cpu/wasm/module.ts'
import { type Answer, backwardAlphaCall, type Call, elementwiseCall } from './dispatcher/calls.ts'
import { FallbackEvent, MismatchEvent } from './dispatcher/events.ts'
import { type Operands, readBackward, readBackwardAlpha, readForward, readLength } from './dispatcher/inputs.ts'
import type { Dispatcher, Report } from './dispatcher/interface.ts'
import { type CheckedOptions, type DispatcherOptions, readOptions } from './dispatcher/options.ts'
import { chooseProcessor, type Processor } from './dispatcher/processor.ts'
import { CrossCheckError, DestroyedError } from './errors.ts'
import { poolOf } from './gpu/buffer-pool.ts'

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
  const creating = createCpu(checked, kernels)
  try {
    const processor = await chooseProcessor(checked)
    return new CheckedDispatcher(checked, processor, await creating)
  } catch (error) {
    // It may have started a worker.
    void creating.then(
      cpu => cpu.destroy(destroyed()),
      () => undefined,
    )
    throw error
  }
}

class CheckedDispatcher extends EventTarget implements Dispatcher {
  readonly #options: CheckedOptions
  readonly #processor: Processor
  readonly #cpu: Cpu
  readonly #crossChecks = { runs: 0, elements: 0, mismatches: 0, maxUlp: 0 }
  readonly #quarantined = new Set<string>()
  #device: GPUDevice | undefined
  #reason: string
  #fallbacks = 0
  #destroyed = false

  constructor(options: CheckedOptions, processor: Processor, cpu: Cpu) {
    super()
    this.#options = options
    this.#processor = processor
    this.#cpu = cpu
    this.#device = processor.device
    this.#reason = processor.reason
    // An adopted device may outlive many dispatchers: what waits for its end must not keep them alive.
    const weak = new WeakRef(this)
    void processor.device?.lost.then(({ reason, message }) => {
      const dispatcher = weak.deref()
      if (dispatcher === undefined || dispatcher.#destroyed) return
      dispatcher.#device = undefined
      dispatcher.#reason = `The device was lost (${reason}: ${message}).`
    })
  }

  // What comes back depends on what is given: the interface says how, and `never` fits all that it says.
  async forward(activation: unknown, ...given: unknown[]): Promise<never> {
    const [y, mask] = await this.#computeElements(readForward(activation, given))
    return (mask === undefined ? y : { y, mask }) as never
  }

  async backward(activation: unknown, ...given: unknown[]): Promise<never> {
    const [first, second] = await this.#computeElements(readBackward(activation, given))
    return (second === undefined ? first : { dGate: first, dUp: second }) as never
  }

  async backwardAlpha(activation: unknown, ...arrays: unknown[]): Promise<Float32Array<ArrayBuffer>> {
    return this.#compute(backwardAlphaCall(readBackwardAlpha(activation, arrays)))
  }

  allocate(length: number): Float32Array<ArrayBuffer> {
    this.#checkLive()
    const elements = readLength(length)
    return this.#options.processor === 'webgpu' ? allocate(Float32Array, elements) : this.#cpu.allocate(elements)
  }

  get report(): Report {
    return {
      processor: this.#device === undefined ? 'cpu' : 'webgpu',
      reason: this.#reason,
      cpu: this.#cpu.report,
      adapter: this.#processor.adapter,
      crossover: this.#processor.crossover?.report ?? null,
      crossChecks: { ...this.#crossChecks },
      fallbacks: this.#fallbacks,
      quarantined: [...this.#quarantined],
    }
  }

  destroy(): void {
    this.#destroyed = true
    if (this.#processor.owned) this.#device?.destroy()
    else if (this.#device !== undefined) poolOf(this.#device).drain()
    this.#device = undefined
    this.#cpu.destroy(destroyed())
  }

  /** Results as the caller has them: in its own arrays, once they are right, or in new ones of their kind. */
  async #computeElements(operands: Operands): Promise<unknown[]> {
    const { kind, out, given } = operands
    const results = await this.#compute(elementwiseCall(operands, this.#cpu))
    const [targets, own] = [Object.values(out), Object.values(given)]
    return results.map((result, i) => {
      if (result instanceof Uint32Array) return result
      const target = targets[i]
      if (target === undefined) return asKind(kind, result)
      if (target !== result) target.set(result)
      return own[i]
    })
  }

  async #compute<Result>(call: Call<Result>): Promise<Result> {
    this.#checkLive()
    const { arrays, kernel, length } = call
    if (this.#processor.device === undefined || length === 0) return call.onCpu()
    const { crossover } = this.#processor
    if (crossover !== undefined) {
      let favoured = crossover.favoursGpu(call)
      if (typeof favoured !== 'boolean') {
        favoured = await favoured
        this.#checkLive()
        checkUnchanged(arrays, length)
      }
      if (!favoured) return call.onCpu()
    }
    if (this.#device === undefined) return this.#fallBack(call, this.#reason)
    if (this.#quarantined.has(kernel)) {
      return this.#fallBack(call, `${kernel} is quarantined: it gave a wrong result before.`)
    }
    const device = this.#device
    let answer: Answer<Result>
    try {
      answer = await call.onGpu(device)
    } catch (error) {
      this.#checkLive()
      checkUnchanged(arrays, length)
      return this.#fallBack(call, error instanceof Error ? error.message : String(error))
    } finally {
      if (this.#destroyed && !this.#processor.owned) poolOf(device).drain()
    }
    checkUnchanged(arrays, length)
    const difference = this.#crossCheck(call, answer)
    if (difference === undefined) return answer.result
    this.#quarantined.add(kernel)
    if (this.#options.onMismatch === 'throw') throw new CrossCheckError(difference)
    return this.#fallBack(call, difference.split('\n', 1)[0]!)
  }

  /** Compares an answer with the reference; returns the report when they differ. */
  #crossCheck<Result>({ activation, name }: Call<Result>, answer: Answer<Result>): string | undefined {
    if (this.#options.crossCheck === 'off') return undefined
    const findings = answer.check(this.#options)
    this.#crossChecks.runs++
    for (const { comparison } of findings) {
      this.#crossChecks.elements += comparison.elements
      this.#crossChecks.mismatches += comparison.mismatches
      this.#crossChecks.maxUlp = Math.max(this.#crossChecks.maxUlp, comparison.maxUlp)
    }
    const wrong = findings.filter(({ comparison }) => comparison.mismatches > 0)
    if (wrong.length === 0) return undefined
    const report = wrong.map(finding => finding.report()).join('\n')
    const mismatches = wrong.flatMap(({ comparison }) => comparison.first)
    this.dispatchEvent(new MismatchEvent(activation, name, report, mismatches))
    return report
  }

  #fallBack<Result>(call: Call<Result>, reason: string): Result | Promise<Result> {
    this.#fallbacks++
    this.#reason = reason
    this.dispatchEvent(new FallbackEvent(call.activation, call.name, reason))
    return call.onCpu()
  }

  #checkLive(): void {
    if (this.#destroyed) throw destroyed()
  }
}

function destroyed(): DestroyedError {
  return new DestroyedError('This dispatcher was destroyed.', 'Create another with createDispatcher().')
}
