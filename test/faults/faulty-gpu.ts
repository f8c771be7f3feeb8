import type { Failure } from './failures.ts'
import { type Purpose, purposeOf, type Step } from './steps.ts'
import { replace, WatchedDevice } from './watched-device.ts'

/** A failure, and when it strikes. */
export interface Fault {
  readonly step: Step
  readonly failure: Failure
  /** Which time that the step is taken, from 1 on, or every time. */
  readonly at: number | 'all'
}

/** What the devices say that they are. */
export interface Disguise {
  readonly limits?: Partial<Record<keyof GPUSupportedLimits, number>> | undefined
  readonly isFallbackAdapter?: boolean | undefined
  /** Tells adapters apart, for what is known of one is not asked again. */
  readonly description: string
}

type Make = (...given: unknown[]) => object

/** WebGPU as it is, but for the faults that are armed. It also counts what is in use. */
export class FaultyGpu {
  /** What `navigator.gpu` is to be. */
  readonly gpu: GPU
  readonly devices: WatchedDevice[] = []
  disguise: Disguise
  readonly #faults: { readonly fault: Fault; met: number; fired: number }[] = []
  #whenFired: () => void = () => {}
  #forgotten = 0

  constructor(real: GPU, disguise: Disguise) {
    this.disguise = disguise
    const requestAdapter = async (options?: GPURequestAdapterOptions): Promise<GPUAdapter | null> => {
      const adapter = await real.requestAdapter(options)
      if (adapter !== null) this.#watchAdapter(adapter)
      return adapter
    }
    this.gpu = {
      requestAdapter: (...given: [GPURequestAdapterOptions?]) =>
        this.#meet('requestAdapter', undefined, real, given, requestAdapter as Make),
    } as unknown as GPU
  }

  /** Arms a fault: its step is counted from now on. */
  arm(fault: Fault, whenFired: () => void = () => {}): void {
    this.#faults.push({ fault, met: 0, fired: 0 })
    this.#whenFired = whenFired
  }

  /** How often all that is armed has struck. */
  get fired(): number {
    return this.#faults.reduce((sum, { fired }) => sum + fired, 0)
  }

  /** How often the steps of what is armed were taken. */
  get met(): number {
    return this.#faults.reduce((sum, { met }) => sum + met, 0)
  }

  disarm(): void {
    this.#faults.length = 0
  }

  /** How many devices there have been. */
  get made(): number {
    return this.#forgotten + this.devices.length
  }

  /** Forgets the devices that are lost and have nothing left. */
  forget(): void {
    for (let i = this.devices.length - 1; i >= 0; i--) {
      const { isLost, openScopes, pendingMaps, mistakes } = this.devices[i]!
      if (!isLost || openScopes + pendingMaps + mistakes.length > 0) continue
      this.devices.splice(i, 1)
      this.#forgotten++
    }
  }

  get openScopes(): number {
    return this.#sum(device => device.openScopes)
  }

  get pendingMaps(): number {
    return this.#sum(device => device.pendingMaps)
  }

  get devicesAlive(): number {
    return this.#sum(device => (device.isLost ? 0 : 1))
  }

  get buffersAlive(): string[] {
    return this.devices.flatMap(({ buffers }) => [...buffers.values()])
  }

  get mistakes(): string[] {
    return this.devices.flatMap(({ mistakes }) => mistakes)
  }

  #sum(of: (device: WatchedDevice) => number): number {
    return this.devices.reduce((sum, device) => sum + of(device), 0)
  }

  #meet<Result>(
    step: Step,
    device: WatchedDevice | undefined,
    object: object,
    given: readonly unknown[],
    native: (...given: unknown[]) => Result,
  ): Result {
    for (const armed of this.#faults) {
      if (armed.fault.step !== step) continue
      armed.met++
      if (armed.fault.at !== 'all' && armed.fault.at !== armed.met) continue
      armed.fired++
      this.#whenFired()
      return armed.fault.failure.strike({ step, device, object, given, native }) as Result
    }
    return native(...given)
  }

  /** Replaces a method so that faults strike in it. */
  #hook(
    object: object,
    name: string,
    step: Step,
    device?: WatchedDevice,
    watch = (made: object): object => made,
  ): void {
    replace(object, name, native => {
      return (...given) => this.#meet(step, device, object, given, (...changed) => watch(native(...changed) as object))
    })
  }

  #watchAdapter(adapter: GPUAdapter): void {
    this.#hook(adapter, 'requestDevice', 'requestDevice', undefined, made =>
      (made as Promise<GPUDevice>).then(device => this.watch(device)),
    )
  }

  /** Lets faults strike in a device, and counts what is in use of it. */
  watch(device: GPUDevice): GPUDevice {
    const watched = new WatchedDevice(device)
    this.devices.push(watched)
    const { limits, isFallbackAdapter, description } = this.disguise
    Object.defineProperty(device, 'limits', { configurable: true, value: overlaid(device.limits, limits ?? {}) })
    const info = isFallbackAdapter === undefined ? { description } : { description, isFallbackAdapter }
    Object.defineProperty(device, 'adapterInfo', { configurable: true, value: overlaid(device.adapterInfo, info) })

    replace(
      device,
      'pushErrorScope',
      native => filter =>
        this.#meet('pushErrorScope', watched, device, [filter], given => {
          native(given)
          watched.pushScope(given as GPUErrorFilter)
        }),
    )
    // The scope closes in any case, or what comes after the fault would find it.
    replace(device, 'popErrorScope', native => () => {
      const error = watched.popScope(native() as Promise<GPUError | null>)
      error.catch(() => {})
      return this.#meet('popErrorScope', watched, device, [], () => error)
    })
    for (const step of [
      'createShaderModule',
      'createBindGroupLayout',
      'createPipelineLayout',
      'createComputePipelineAsync',
      'createBindGroup',
    ] as const) {
      this.#hook(device, step, step, watched)
    }
    replace(device, 'createBuffer', native => descriptor => {
      const purpose = purposeOf(descriptor as GPUBufferDescriptor)
      return this.#meet(`createBuffer (${purpose})`, watched, device, [descriptor], given =>
        this.#watchBuffer(watched, purpose, given as GPUBufferDescriptor, native(given) as GPUBuffer),
      )
    })
    this.#hook(device, 'createCommandEncoder', 'createCommandEncoder', watched, encoder =>
      this.#watchEncoder(watched, encoder),
    )
    replace(device, 'destroy', () => () => {
      this.#meet('destroy (device)', watched, device, [], () => watched.lose('destroyed'))
    })
    for (const step of ['writeBuffer', 'submit', 'onSubmittedWorkDone'] as const) {
      this.#hook(device.queue, step, step, watched)
    }
    return device
  }

  #watchEncoder(watched: WatchedDevice, encoder: object): object {
    this.#hook(encoder, 'beginComputePass', 'beginComputePass', watched, pass => {
      const steps = ['setPipeline', 'setBindGroup', 'dispatchWorkgroups', 'end'] as const
      for (const step of steps) this.#hook(pass, step, step, watched)
      return pass
    })
    for (const step of ['copyBufferToBuffer', 'finish'] as const) this.#hook(encoder, step, step, watched)
    return encoder
  }

  #watchBuffer(
    watched: WatchedDevice,
    purpose: Purpose,
    { label = '' }: GPUBufferDescriptor,
    buffer: GPUBuffer,
  ): GPUBuffer {
    if (!watched.isLost) watched.buffers.set(buffer, label)
    if (purpose !== 'device') {
      this.#hook(buffer, 'getMappedRange', `getMappedRange (${purpose})`, watched)
      this.#hook(buffer, 'unmap', `unmap (${purpose})`, watched)
    }
    replace(
      buffer,
      'mapAsync',
      native =>
        (...given) =>
          this.#meet('mapAsync', watched, buffer, given, async (...changed) => {
            watched.pendingMaps++
            await (native(...changed) as Promise<void>).finally(() => watched.pendingMaps--)
          }),
    )
    replace(buffer, 'destroy', native => () => {
      // Whoever has called it has done what there was to do.
      watched.buffers.delete(buffer)
      this.#meet('destroy (buffer)', watched, buffer, [], native)
    })
    return buffer
  }
}

/** An object that has some values of its own. Native getters need their native object. */
function overlaid<Native extends object>(native: Native, values: object): Native {
  return new Proxy(native, {
    get: (target, key) => (Reflect.get(values, key) as unknown) ?? Reflect.get(target, key, target),
  })
}
