import type { Activation, Direction } from '../../activations/support/activation.ts'
import { checkActivation } from '../../activations/support/check.ts'
import { checkPeriods } from '../../activations/support/channels.ts'
import { BindingError, DestroyedError, InputError, messageOf, show, textOf } from '../../support/errors.ts'
import type { Format } from '../../support/formats.ts'
import type { BufferRange } from '../bindings/bindings.ts'
import { isOwnedByOther, type KnownBuffer, knownBuffer, knownId } from '../bindings/buffers.ts'
import { ConstantBuffers, float32Bits } from '../programs/constant-buffers.ts'
import { type Loss, lossOf, whenLost } from '../device/device.ts'
import { inErrorScopes } from '../device/error-scopes.ts'
import { BINDING_NAMES, readCall } from '../bindings/call.ts'
import type { AnyActivation } from '../../activations/support/glu-activation.ts'
import { checkFormat, operationOf } from '../../operations/operation.ts'
import { type Dispatch, type DispatchPlan, PlanCache } from './plan-cache.ts'
import { type CallParts, variantFor } from './prepare-options.ts'
import { type Draft, Planner } from '../plan/planner.ts'
import { oncePer } from '../../support/once.ts'
import { weakly } from '../../support/platform.ts'
import { hasMethods } from '../../support/reading.ts'
import { layoutOf, layoutsOf } from '../programs/program-layouts.ts'
import { addColumnsOperation, boundSlopes, type ProgramSource } from '../programs/program.ts'
import { type PipelineCache, pipelineCacheOf } from '../programs/programs.ts'
import { SlopeBuffers } from '../programs/slope-buffers.ts'

const PASS = 'Give a GPUComputePassEncoder of this device, from encoder.beginComputePass().'

/** A call that was read and checked: its ranges, and the dispatches that it needs. */
export interface ReadCall {
  /** Returns the key under which the plan is kept, from the bindings that were checked. */
  readonly key: () => string | undefined
  readonly ranges: readonly BufferRange[]
  readonly drafts: (planner: Planner) => Draft[]
}

/** Records calls into passes of one device, and caches the plan of a call for the next one with the same bindings. */
export class Recorder {
  readonly #device: GPUDevice
  readonly #plans = new PlanCache()
  readonly #programs: PipelineCache
  readonly #planner: Planner
  readonly #submitsAtOnce: boolean
  readonly #constants: ConstantBuffers
  readonly #slopes: SlopeBuffers
  /** True while passes are known to accept null for a bind group. */
  #unsets: boolean
  #lost: Loss | undefined

  /** @param submitsAtOnce true when every pass is submitted before the next is recorded */
  constructor(device: GPUDevice, submitsAtOnce = false) {
    this.#device = device
    this.#submitsAtOnce = submitsAtOnce
    this.#unsets = !submitsAtOnce
    this.#programs = pipelineCacheOf(device)
    this.#programs.watch(() => this.#plans.clear())
    this.#constants = new ConstantBuffers(device, submitsAtOnce)
    this.#planner = new Planner(device, this.#constants)
    this.#slopes = new SlopeBuffers(device, this.#programs, this.#constants, submitsAtOnce)
    // Weak, because in Node a callback on `lost` keeps its references from being collected.
    const weak = weakly(this)
    whenLost(device, loss => {
      const recorder = weak.deref()
      if (recorder !== undefined) recorder.#lost = loss
    })
  }

  /**
   * Records a call into a pass.
   *
   * @param start the index of the call's first element in the whole tensor; undefined for a whole tensor
   * @throws InputError, BindingError or DestroyedError before anything is recorded; GpuError when memory runs out
   */
  record(
    direction: Direction,
    pass: GPUComputePassEncoder,
    activation: AnyActivation,
    bindings: object,
    start?: number,
  ): void {
    this.#checkDevice()
    checkActivation(activation)
    const key = this.#knownKey(direction, activation, bindings, start ?? 0)
    const plan = this.#keptPlan(pass, key) ?? this.#plan(this.#read(direction, activation, bindings, start))
    this.#encode(pass, activation, plan)
  }

  /**
   * Records dispatches into a pass: those of the plan that is kept under a key, or else new ones.
   *
   * @param key undefined where no plan can be kept
   * @throws InputError, BindingError or DestroyedError before anything is recorded; GpuError when memory runs out
   */
  recordPlan(
    pass: GPUComputePassEncoder,
    activation: AnyActivation | undefined,
    key: string | undefined,
    read: () => ReadCall,
  ): void {
    this.#checkDevice()
    this.#encode(pass, activation, this.#keptPlan(pass, key) ?? this.#plan(read()))
  }

  #keptPlan(pass: GPUComputePassEncoder, key: string | undefined): DispatchPlan | undefined {
    checkPass(pass)
    if (this.#constants.areMany) this.free()
    return key === undefined ? undefined : this.#plans.get(key)
  }

  #read(direction: Direction, activation: AnyActivation, bindings: object, start: number | undefined): ReadCall {
    const call = readCall(direction, activation, bindings)
    if (start === undefined) checkPeriods(activation, call.ranges[0]!.name, call.count)
    return {
      // From the bindings that were checked, because getters of the caller's object may return other values now.
      key: () => this.#keyOf(direction, activation, call.bindings, start ?? 0),
      ranges: [...call.ranges, ...call.columnGradients],
      drafts: planner => planner.drafts(activation, call, start ?? 0),
    }
  }

  #encode(pass: GPUComputePassEncoder, activation: AnyActivation | undefined, plan: DispatchPlan): void {
    if (plan.refusal !== undefined) throw new BindingError(plan.refusal, 'Bind live buffers of this device.')
    // Before anything is recorded, because the creation of a bind group may fail.
    const slopes = plan.dispatches.map(({ slopesFrom }) =>
      slopesFrom === undefined ? undefined : this.#slopes.bindGroup(activation as Activation, slopesFrom),
    )
    try {
      for (const [i, { pipeline, bindGroup, workgroups }] of plan.dispatches.entries()) {
        pass.setPipeline(pipeline)
        pass.setBindGroup(0, bindGroup)
        if (slopes[i] !== undefined) pass.setBindGroup(1, slopes[i])
        pass.dispatchWorkgroups(workgroups)
      }
      if (plan.changesAgain && this.#unsets) this.#unset(pass)
    } catch (cause) {
      throw new InputError('invalid-argument', `The pass refused a dispatch: ${show(cause)}.`, PASS, { cause })
    }
  }

  /**
   * Unsets bind group 0, so that a caller's dispatch without a pipeline of its own fails instead of running the kernel
   * again.
   */
  #unset(pass: GPUComputePassEncoder): void {
    try {
      pass.setBindGroup(0, null)
    } catch (error) {
      // Chromium accepts null from version 117 on.
      if (!(error instanceof TypeError)) throw error
      this.#unsets = false
    }
  }

  /** Drops all plans. Destroys their uniforms and slopes where every pass is submitted at once. */
  free(): void {
    this.#plans.clear()
    this.#slopes.free()
    this.#constants.free()
    if (this.#submitsAtOnce) this.#planner.free()
  }

  /** Compiles the programs that such calls may need. @throws InputError, GpuError or DestroyedError, by rejection */
  async prepare(
    activations: readonly AnyActivation[],
    directions: readonly Direction[],
    format: Format,
    parts: CallParts,
  ): Promise<void> {
    for (const activation of activations) {
      checkActivation(activation)
      checkFormat(activation, format)
    }
    const programs = activations.flatMap(activation =>
      directions.flatMap(direction => {
        const operation = operationOf(activation, direction, variantFor(activation, direction, parts))
        const own = layoutsOf(operation).map(layout => ({ activation, operation, format, ...layout }))
        return operation.reduced.length === 0 ? own : [...own, ...addColumnsPrograms(format)]
      }),
    )
    await this.prepareAll(programs)
  }

  /** Compiles programs. @throws GpuError or DestroyedError, by rejection */
  async prepareAll(programs: readonly ProgramSource[]): Promise<void> {
    this.#checkDevice()
    const outcomes = await Promise.allSettled(programs.map(program => this.#programs.prepare(program)))
    // A lost device accepts all calls without an error, so the loss is checked first.
    this.#lost ??= await lossOf(this.#device)
    this.#checkDevice()
    // Not before all have settled: a retry would join compilations that are bound to fail.
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  #plan({ key, ranges, drafts: draftsOf }: ReadCall): DispatchPlan {
    const buffers = ranges.map(({ name, buffer }) => {
      if (isOwnedByOther(buffer, this.#device)) {
        throw new BindingError(`${name}'s buffer belongs to another device.`, 'Bind buffers of this device.')
      }
      // The device reported the failed creation of such a buffer to the caller alone.
      const { maxBufferSize } = this.#device.limits
      if (buffer.size <= maxBufferSize) return knownBuffer(buffer)
      const message = `${name}'s buffer has ${buffer.size} bytes, more than a buffer of this device can have.`
      throw new BindingError(message, `Create one of at most ${maxBufferSize} bytes.`)
    })
    const drafts = draftsOf(this.#planner)
    const plan = this.#make(drafts, buffers)
    const kept = key()
    if (kept !== undefined) this.#plans.set(kept, plan)
    // In a dispatcher the error scopes of the transfer report a refused bind group.
    if (!this.#submitsAtOnce) this.#ask(ranges, drafts, plan)
    return plan
  }

  #make(drafts: readonly Draft[], buffers: readonly KnownBuffer[]): DispatchPlan {
    const dispatches = drafts.map((draft): Dispatch => ({
      pipeline: this.#programs.pipeline(draft.program),
      // In no error scope, so that errors of the device reach the caller.
      bindGroup: this.#bindGroup(draft),
      slopesFrom: draft.slopesFrom,
      workgroups: draft.workgroups,
    }))
    const [last] = drafts.slice(-1)
    const changesAgain = last !== undefined && isChangedAgain(last.program)
    return { dispatches, buffers, sums: last?.sums, changesAgain, refusal: undefined }
  }

  /**
   * Creates the bind groups once more in error scopes, to learn whether the device accepts buffers that are new to it.
   */
  #ask(ranges: readonly BufferRange[], drafts: readonly Draft[], plan: DispatchPlan): void {
    const bound = new Set(drafts.flatMap(({ bindings }) => bindings.map(({ buffer }) => buffer)))
    const asked = ranges.flatMap(({ buffer }) => (bound.has(buffer) ? knownBuffer(buffer) : []))
    if (asked.every(({ owner }) => owner !== undefined)) return
    const [, accepted] = inErrorScopes(this.#device, 'a binding', () => drafts.forEach(draft => this.#bindGroup(draft)))
    accepted.then(
      () => {
        if (this.#lost === undefined) for (const buffer of asked) buffer.owner ??= weakly(this.#device)
      },
      (error: unknown) => (plan.refusal = messageOf(error)),
    )
  }

  #bindGroup({ program, bindings }: Draft): GPUBindGroup {
    const label = `webgpu-activations ${program.activation?.name ?? ''} ${program.operation.name}`
    const entries = bindings.map((resource, binding) => ({ binding, resource }))
    try {
      return this.#device.createBindGroup({ label, layout: this.#programs.layout(program), entries })
    } catch (cause) {
      const [reason] = textOf(cause).split('\n')
      const message = `The device takes no such binding: ${reason}.`
      throw new BindingError(message, 'Give GPUBuffers of this device.', { cause })
    }
  }

  /** Returns the cache key that a call gives, without a closure for each call. As {@link knownKey}. */
  #knownKey(direction: Direction, activation: AnyActivation, bindings: object, start: number): string | undefined {
    try {
      return this.#keyOf(direction, activation, bindings, start)
    } catch {
      return undefined
    }
  }

  /** Returns the cache key of a call; undefined where no plan can exist, or a buffer is mapped. */
  #keyOf(direction: Direction, activation: AnyActivation, bindings: object, start: number): string | undefined {
    let key = `${direction} ${start} ${keyOfActivation(activation)}`
    for (const [name, value] of Object.entries(bindings ?? {})) {
      if (value === undefined) continue
      if (!BINDING_NAMES.has(name)) return undefined
      if (typeof value === 'string' || typeof value === 'boolean') {
        key += ` ${name}=${typeof value} ${value}`
        continue
      }
      const range = keyOfRange(value)
      if (range === undefined) return undefined
      key += ` ${name}=${range}`
    }
    return key
  }

  #checkDevice(): void {
    if (this.#lost === undefined) return
    const { reason, message } = this.#lost
    throw new DestroyedError(`The device is lost (${reason}: ${message}).`, 'Create kernels for a live device.')
  }
}

/** Tells whether a second run of a kernel may change results, because it reads an array that it writes. */
function isChangedAgain({ operation: { slots, accumulates }, arrayOf }: ProgramSource): boolean {
  const arraysOf = (outputs: boolean): number[] => arrayOf.filter((_, i) => slots[i]!.isOutput === outputs)
  return accumulates || arraysOf(true).some(array => arraysOf(false).includes(array))
}

/** Returns the programs that reduce the columns of a tensor's first segment, and of later segments. */
function addColumnsPrograms(format: Format): ProgramSource[] {
  return [false, true].map(accumulates => {
    const operation = addColumnsOperation(accumulates)
    return { activation: undefined, operation, format, ...layoutOf(operation, {}, 'words') }
  })
}

/** Returns the properties of an activation on which a plan depends: the number of slopes, but not their values. */
export function keyOfActivation(activation: AnyActivation): string {
  const { programName, uniforms } = activation
  const slopes = boundSlopes(activation)
  if (slopes === undefined) return uniforms.length === 0 ? programName : `${programName}(${float32Bits(uniforms)})`
  const { channels, derivativeFromY } = activation
  return `${programName}(${slopes.length} ${channels!.inner} ${derivativeFromY === undefined})`
}

/** Returns the key that a call gives; undefined where it cannot be read: the reader of the bindings reports that. */
export function knownKey(keyOf: () => string | undefined): string | undefined {
  try {
    return keyOf()
  } catch {
    return undefined
  }
}

/** Returns the cache key of a binding; undefined where no plan can exist, or its buffer is mapped. */
export function keyOfRange(binding: unknown): string | undefined {
  const { buffer, offset = 0, size } = (binding ?? {}) as Partial<GPUBufferBinding>
  const id = buffer && knownId(buffer)
  if (id === undefined || typeof offset !== 'number' || (size !== undefined && typeof size !== 'number'))
    return undefined
  return buffer!.mapState === 'unmapped' ? `${id}+${offset}:${size}` : undefined
}

/** @throws InputError */
function checkPass(pass: unknown): void {
  if (hasMethods('The pass', pass, ['setPipeline', 'setBindGroup', 'dispatchWorkgroups'])) return
  throw new InputError('invalid-argument', `The pass is ${show(pass)}.`, PASS)
}

/** The recorder of a device for the passes of its owner. */
export const recorderOf = /* @__PURE__ */ oncePer((device: GPUDevice) => new Recorder(device))
