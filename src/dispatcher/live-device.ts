import { Ending, waitFor } from '../support/deadlines.ts'
import { DestroyedError, GpuError } from '../support/errors.ts'
import { lossOf, whenLost } from '../gpu/device/device.ts'
import { type Workspace, workspaceOf } from '../gpu/transfer/workspace.ts'
import { hasTimers, type WeakReference, weakly } from '../support/platform.ts'

export interface DeviceListener {
  /** @param reason the reason of WebGPU, or `'timeout'` */
  readonly onLost: (reason: string, message: string) => void
  readonly onError: (error: GPUError) => void
}

// A call can fail before `device.lost` resolves.
const UNTIL_LOSS_IS_KNOWN_MS = 50

/** A device in use, until it is lost or abandoned. Its end rejects all waits for it. */
export class LiveDevice {
  readonly device: GPUDevice
  /** True if the dispatcher requested the device, and destroys it. */
  readonly owned: boolean
  readonly workspace: Workspace
  readonly #listener: DeviceListener
  readonly signal = new Ending()
  /** The reference from the device to this object, until the end. */
  readonly #known: { live: WeakReference<LiveDevice> | undefined }

  constructor(device: GPUDevice, owned: boolean, listener: DeviceListener) {
    this.device = device
    this.owned = owned
    this.#listener = listener
    this.workspace = workspaceOf(device)
    this.workspace.retain()
    // An adopted device may outlive many dispatchers, so its callbacks must not keep them alive.
    const known = { live: weakly(this) as WeakReference<LiveDevice> | undefined }
    this.#known = known
    whenLost(device, ({ reason, message }) => {
      const live = known.live?.deref()
      if (live !== undefined) live.#lose(reason, message)
    })
    if (!owned) return
    device.addEventListener('uncapturederror', ({ error }) => {
      const live = known.live?.deref()
      if (live?.ended === false) live.#listener.onError(error)
    })
  }

  get ended(): boolean {
    return this.signal.aborted
  }

  /** Waits up to 50 ms for `device.lost`, because a call can fail before the loss is reported. Returns true if the device is lost. */
  async hasEnded(): Promise<boolean> {
    if (!hasTimers()) {
      await lossOf(this.device)
      return this.ended
    }
    const deadline = { signals: [this.signal], timeLimit: UNTIL_LOSS_IS_KNOWN_MS }
    await waitFor(new Promise<never>(() => {}), deadline, () => new Error('It lives.')).catch(() => undefined)
    return this.ended
  }

  /** Treats an unresponsive device as lost. */
  giveUp(message: string): void {
    if (this.ended) return
    this.#lose('timeout', message)
    if (this.owned) this.device.destroy()
  }

  /** Frees the workspace, and destroys the device if the dispatcher requested it. */
  destroy(reason: DestroyedError): void {
    if (this.ended) return
    this.#endWith(reason)
    if (this.owned) this.device.destroy()
  }

  #lose(reason: string, message: string): void {
    if (this.ended) return
    this.#endWith(new GpuError(`The device was lost (${reason}: ${message}).`))
    this.#listener.onLost(reason, message)
  }

  #endWith(reason: Error): void {
    this.signal.abort(reason)
    this.#known.live = undefined
    this.workspace.release()
  }
}
