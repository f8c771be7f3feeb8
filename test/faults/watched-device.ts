/** A scope that is open, and the error that was put into it. */
interface Scope {
  readonly filter: GPUErrorFilter
  error: GPUError | undefined
}

type Method = (...given: unknown[]) => unknown

/** A real device, and what of it is in use. Its own methods are replaced one by one, for native ones need a native `this`. */
export class WatchedDevice {
  readonly device: GPUDevice
  /** The labels of the buffers that were created and not destroyed. */
  readonly buffers = new Map<object, string>()
  /** What was closed without having been opened, and the like. */
  readonly mistakes: string[] = []
  /** Maps that have not been answered. */
  pendingMaps = 0
  readonly #scopes: Scope[] = []
  readonly #nativeDestroy: () => void
  #tellLost: (info: Pick<GPUDeviceLostInfo, 'reason' | 'message'>) => void = () => {}
  #isLost = false
  #isSilent = false

  constructor(device: GPUDevice) {
    this.device = device
    this.#nativeDestroy = device.destroy.bind(device)
    const lost = new Promise<unknown>(resolve => (this.#tellLost = resolve))
    void device.lost.then(info => {
      this.#die()
      if (!this.#isSilent) this.#tellLost(info)
    })
    Object.defineProperty(device, 'lost', { configurable: true, value: lost })
  }

  get isLost(): boolean {
    return this.#isLost
  }

  get openScopes(): number {
    return this.#scopes.length
  }

  /** The device is gone, be it that someone destroyed it, or for no known reason, as when a driver crashes. */
  lose(reason: GPUDeviceLostReason): void {
    this.#nativeDestroy()
    this.#tellLost({ reason, message: 'It was lost on purpose.' })
    this.#die()
  }

  /** The device is gone, and nobody is told. */
  loseSilently(): void {
    this.#isSilent = true
    this.#nativeDestroy()
  }

  #die(): void {
    this.#isLost = true
    this.buffers.clear()
  }

  pushScope(filter: GPUErrorFilter): void {
    this.#scopes.push({ filter, error: undefined })
  }

  /** @returns the error that was put into the scope that closes, or what WebGPU says of it */
  popScope(real: Promise<GPUError | null>): Promise<GPUError | null> {
    const scope = this.#scopes.pop()
    if (scope === undefined) this.mistakes.push('popErrorScope without a scope')
    return real.then(error => scope?.error ?? error)
  }

  /** An error as WebGPU would report it: in the innermost scope for its kind, else in an event. */
  raise(filter: GPUErrorFilter, message: string): void {
    const error = errorOf(filter, message)
    const scope = this.#scopes.findLast(candidate => candidate.filter === filter)
    if (scope !== undefined) scope.error ??= error
    else this.device.dispatchEvent(Object.assign(new Event('uncapturederror'), { error }))
  }
}

/** Of the class that WebGPU has for it, wherever that can be made. */
function errorOf(filter: GPUErrorFilter, message: string): GPUError {
  const names = {
    validation: 'GPUValidationError',
    'out-of-memory': 'GPUOutOfMemoryError',
    internal: 'GPUInternalError',
  } as const
  return new globalThis[names[filter]](message)
}

/** Puts a method of one's own in the place of a native one. @param by is given the native one, bound to its object */
export function replace(object: object, name: string, by: (native: Method) => Method): void {
  const native = (object as Readonly<Record<string, Method>>)[name]!.bind(object)
  Object.defineProperty(object, name, { configurable: true, writable: true, value: by(native) })
}
