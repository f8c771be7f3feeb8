import type { Activation, Direction } from '../../activations/support/activation.ts'
import { checkActivation } from '../../activations/support/check.ts'
import { checkPeriods } from '../../activations/support/channels.ts'
import { BindingError, DestroyedError, InputError, show, textOf } from '../../support/errors.ts'
import type { BufferRange } from '../bindings/bindings.ts'
import { isOwnedBy, knownBuffer, learnOwner, questionLayout, refusalOf } from '../bindings/buffers.ts'
import { ConstantBuffers } from '../programs/constant-buffers.ts'
import { type Loss, lossOf, whenLost } from '../device/device.ts'
import { readCall } from '../bindings/call.ts'
import type { AnyActivation } from '../../activations/support/glu-activation.ts'
import { type CallBuffer, type KeyReader, keyOfCall, knownKey, newShape } from './keys.ts'
import { type DispatchPlan, PlanCache } from './plan-cache.ts'
import { type DispatchTemplate, type PlanTemplate, SUMS, templateOf } from './templates.ts'
import { type Draft, Planner } from '../plan/planner.ts'
import { oncePer } from '../../support/once.ts'
import { slopeGradientDrafts } from '../plan/slope-gradient.ts'
import { weakly } from '../../support/platform.ts'
import { hasMethods } from '../../support/reading.ts'
import type { ProgramSource } from '../programs/program.ts'
import { type PipelineCache, pipelineCacheOf } from '../programs/programs.ts'
import { SlopeBuffers } from '../programs/slope-buffers.ts'

const PASS = 'Give a GPUComputePassEncoder of this device, from encoder.beginComputePass().'

// A template of a dispatch takes about 1 KiB, and keeps two uniform buffers of about 80 bytes, which dispatches of one
// geometry share. So templates have at most as many dispatches as the plans that are kept.
const MOST_TEMPLATES = 256
const MOST_DISPATCHES = 16

/** A call that was read and checked: its ranges, and the dispatches that it needs. */
export interface ReadCall {
  /** Reads the key under which the plan is kept, from the bindings that were checked. */
  readonly key: KeyReader
  readonly ranges: readonly BufferRange[]
  readonly drafts: (planner: Planner) => Draft[]
}

/** Records calls into passes of one device, and caches the plan of a call for the next one with the same bindings. */
export class Recorder {
  readonly #device: GPUDevice
  readonly #plans = new PlanCache()
  /** By the shapes of calls. They hold no reference to the caller's buffers. */
  readonly #templates = new Map<string, PlanTemplate>()
  readonly #programs: PipelineCache
  readonly #planner: Planner
  readonly #submitsAtOnce: boolean
  readonly #constants: ConstantBuffers
  readonly #slopes: SlopeBuffers
  /** The passes that were checked. */
  readonly #passes = new WeakSet<GPUComputePassEncoder>()
  /** True while passes are known to accept null for a bind group. */
  #unsets: boolean
  #lost: Loss | undefined

  /** @param submitsAtOnce true when every pass is submitted before the next is recorded */
  constructor(device: GPUDevice, submitsAtOnce = false) {
    this.#device = device
    this.#submitsAtOnce = submitsAtOnce
    this.#unsets = !submitsAtOnce
    this.#programs = pipelineCacheOf(device)
    this.#programs.watch(() => this.#forget())
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
    const plan =
      this.#keptPlan(pass, key) ??
      this.#planAgain(shape => keyOfCall(direction, activation, bindings, start ?? 0, shape)) ??
      this.#plan(this.#read(direction, activation, bindings, start))
    this.#encode(pass, activation, plan)
  }

  /**
   * Records dispatches into a pass: those of the plan that is kept under a key, or else new ones.
   *
   * @throws InputError, BindingError or DestroyedError before anything is recorded; GpuError when memory runs out
   */
  recordPlan(
    pass: GPUComputePassEncoder,
    activation: AnyActivation | undefined,
    keyOf: KeyReader,
    read: () => ReadCall,
  ): void {
    this.#checkDevice()
    const plan = this.#keptPlan(pass, knownKey(keyOf)) ?? this.#planAgain(keyOf) ?? this.#plan(read())
    this.#encode(pass, activation, plan)
  }

  /** As {@link knownKey}, without a closure for each call. */
  #knownKey(direction: Direction, activation: AnyActivation, bindings: object, start: number): string | undefined {
    try {
      return keyOfCall(direction, activation, bindings, start)
    } catch {
      return undefined
    }
  }

  #keptPlan(pass: GPUComputePassEncoder, key: string | undefined): DispatchPlan | undefined {
    if (!this.#passes.has(pass)) {
      checkPass(pass)
      this.#passes.add(pass)
    }
    if (this.#constants.areMany) this.free()
    return key === undefined ? undefined : this.#plans.get(key)
  }

  #read(direction: Direction, activation: AnyActivation, bindings: object, start: number | undefined): ReadCall {
    const call = readCall(direction, activation, bindings)
    if (start === undefined) checkPeriods(call.activation, call.ranges[0]!.name, call.count)
    const gradient = call.slopes?.gradient
    return {
      // From the bindings that were checked, because getters of the caller's object may return other values now.
      key: shape => keyOfCall(direction, activation, call.bindings, start ?? 0, shape),
      ranges: [...call.ranges, ...call.columnGradients, ...(gradient === undefined ? [] : [gradient])],
      // The gradient of slopes first, because dx may be in place of x or dy.
      drafts: planner => [...slopeGradientDrafts(planner, call), ...planner.drafts(call, start ?? 0)],
    }
  }

  #encode(pass: GPUComputePassEncoder, activation: AnyActivation | undefined, plan: DispatchPlan): void {
    const { dispatches } = plan
    // Before anything is recorded, because the creation of a bind group may fail.
    const slopes = plan.bindsSlopes
      ? dispatches.map(({ slopesFrom }) =>
          slopesFrom === undefined ? undefined : this.#slopes.bindGroup(activation as Activation, slopesFrom),
        )
      : undefined
    try {
      for (let i = 0; i < dispatches.length; i++) {
        const { pipeline, bindGroup, workgroups } = dispatches[i]!
        pass.setPipeline(pipeline)
        pass.setBindGroup(0, bindGroup)
        const slopesGroup = slopes?.[i]
        if (slopesGroup !== undefined) pass.setBindGroup(1, slopesGroup)
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

  #forget(): void {
    this.#plans.clear()
    this.#templates.clear()
  }

  /** Drops all plans. Destroys their uniforms and slopes where every pass is submitted at once. */
  free(): void {
    this.#forget()
    this.#slopes.free()
    this.#constants.free()
    if (this.#submitsAtOnce) this.#planner.free()
  }

  /** Compiles programs. @throws GpuError or DestroyedError, by rejection */
  async prepare(programs: readonly ProgramSource[]): Promise<void> {
    this.#checkDevice()
    const outcomes = await Promise.allSettled(programs.map(program => this.#programs.prepare(program)))
    // A lost device accepts all calls without an error, so the loss is checked first.
    this.#lost ??= await lossOf(this.#device)
    this.#checkDevice()
    // Not before all have settled: a retry would join compilations that are bound to fail.
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    if (!this.#submitsAtOnce) questionLayout(this.#device)
  }

  #plan({ key: keyOf, ranges, drafts: draftsOf }: ReadCall): DispatchPlan {
    const { maxBufferSize } = this.#device.limits
    for (const { name, buffer } of ranges) {
      const about = knownBuffer(buffer)
      const refusal = refusalOf(about, this.#device)
      if (refusal !== undefined) {
        throw new BindingError(`${name}'s buffer ${refusal}.`, 'Bind live buffers of this device.')
      }
      // The device reported the failed creation of such a buffer to the caller alone.
      if (about.size <= maxBufferSize) continue
      const message = `${name}'s buffer has ${about.size} bytes, more than a buffer of this device can have.`
      throw new BindingError(message, `Create one of at most ${maxBufferSize} bytes.`)
    }
    const drafts = draftsOf(this.#planner)
    const shape = newShape()
    const key = keyOf(shape)!
    const template = templateOf(drafts, shape.buffers, this.#programs)
    const plan = this.#bind(template, shape.buffers)
    this.#plans.set(key, plan)
    if (this.#templates.size === MOST_TEMPLATES) this.#templates.clear()
    if (template.dispatches.length <= MOST_DISPATCHES) this.#templates.set(shape.key, template)
    // In a dispatcher the error scopes of the transfer report a refused bind group.
    if (!this.#submitsAtOnce) this.#learnOwners(template, shape.buffers)
    return plan
  }

  /**
   * Makes the plan of a call by the template of the same call on other buffers. Only of buffers that this device has
   * accepted, or that a dispatcher made, because nothing else is asked or checked about them.
   */
  #planAgain(keyOf: KeyReader): DispatchPlan | undefined {
    const shape = newShape()
    const key = knownKey(keyOf, shape)
    const template = key === undefined ? undefined : this.#templates.get(shape.key)
    if (template === undefined) return undefined
    for (const { about } of shape.buffers) {
      if (!(isOwnedBy(about, this.#device) ?? this.#submitsAtOnce)) return undefined
    }
    const plan = this.#bind(template, shape.buffers)
    this.#plans.set(key!, plan)
    return plan
  }

  /** Makes the bind groups of a call. In no error scope, so that errors of the device reach the caller. */
  #bind({ dispatches, sumsBytes, changesAgain }: PlanTemplate, buffers: readonly CallBuffer[]): DispatchPlan {
    const sums = sumsBytes === undefined ? undefined : this.#planner.sumsOf(sumsBytes)
    const bufferAt = (place: number): GPUBuffer => (place === SUMS ? sums!.buffer : buffers[place]!.buffer)
    return {
      dispatches: dispatches.map(template => {
        const { pipeline, slopesFrom, workgroups } = template
        return { pipeline, bindGroup: this.#bindGroup(template, bufferAt), slopesFrom, workgroups }
      }),
      buffers: buffers.map(({ about }) => about),
      sums,
      changesAgain,
      bindsSlopes: dispatches.some(({ slopesFrom }) => slopesFrom !== undefined),
    }
  }

  #bindGroup(template: DispatchTemplate, bufferAt: (place: number) => GPUBuffer): GPUBindGroup {
    const { label, layout, uniforms, bindings } = template
    const ranges = bindings.map(({ place, offset, size }) => ({ buffer: bufferAt(place), offset, size }))
    const entries = [...uniforms, ...ranges].map((resource, binding) => ({ binding, resource }))
    try {
      return this.#device.createBindGroup({ label, layout, entries })
    } catch (cause) {
      const [reason] = textOf(cause).split('\n')
      const message = `The device takes no such binding: ${reason}.`
      throw new BindingError(message, 'Give GPUBuffers of this device.', { cause })
    }
  }

  /** Learns whether the device accepts the buffers that a call binds. One that holds no element alone is not bound. */
  #learnOwners({ dispatches }: PlanTemplate, buffers: readonly CallBuffer[]): void {
    const bound = new Set(dispatches.flatMap(({ bindings }) => bindings.map(({ place }) => place)))
    for (const [place, { buffer }] of buffers.entries()) if (bound.has(place)) void learnOwner(this.#device, buffer)
  }

  #checkDevice(): void {
    if (this.#lost === undefined) return
    const { reason, message } = this.#lost
    throw new DestroyedError(`The device is lost (${reason}: ${message}).`, 'Create kernels for a live device.')
  }
}

/** @throws InputError */
function checkPass(pass: unknown): void {
  if (hasMethods('The pass', pass, ['setPipeline', 'setBindGroup', 'dispatchWorkgroups'])) return
  throw new InputError('invalid-argument', `The pass is ${show(pass)}.`, PASS)
}

/** The recorder of a device for the passes of its owner. */
export const recorderOf = /* @__PURE__ */ oncePer((device: GPUDevice) => new Recorder(device))
