import { Ending, waitFor } from '../support/deadlines.ts'
import { DestroyedError, GpuError } from '../support/errors.ts'
import { lossOf, whenLost } from '../gpu/device/device.ts'
import { type Workspace, workspaceOf } from '../gpu/transfer/workspace.ts'
import { hasTimers, type Reference, weakly } from '../support/platform.ts'

/** Who is told what happens to a device. */
export interface DeviceListener {
  /** @param reason as WebGPU has it, or `'timeout'` */
  readonly onLost: (reason: string, message: string) => void
  /** An error that nobody's error scope caught. */
  readonly onError: (error: GPUError) => void
}

// Calls may fail some time before the device says that it is lost.
const UNTIL_LOSS_IS_KNOWN_MS = 50

/** A device that calls are computed on, until it is lost or given up: then all that waits for it ends. */
export class LiveDevice {
  readonly device: GPUDevice
  /** Whether the device was requested here, and is to be destroyed with its dispatcher. */
  readonly owned: boolean
  readonly workspace: Workspace
  readonly #listener: DeviceListener
  /** Aborted when the device is not to be used any more. */
  readonly signal = new Ending()
  /** What the device knows this by, until the end. */
  readonly #known: { live: Reference<LiveDevice> | undefined }

  constructor(device: GPUDevice, owned: boolean, listener: DeviceListener) {
    this.device = device
    this.owned = owned
    this.#listener = listener
    this.workspace = workspaceOf(device)
    this.workspace.retain()
    // An adopted device may outlive many dispatchers: what waits for its end must not keep them alive.
    const known = { live: weakly(this) as Reference<LiveDevice> | undefined }
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

  /** Whether it is the device that a call has failed of. */
  async hasEnded(): Promise<boolean> {
    if (!hasTimers()) {
      await lossOf(this.device)
      return this.ended
    }
    const deadline = { signals: [this.signal], timeLimit: UNTIL_LOSS_IS_KNOWN_MS }
    await waitFor(new Promise<never>(() => {}), deadline, () => new Error('It lives.')).catch(() => undefined)
    return this.ended
  }

  /** Takes a device that does not answer for lost. */
  giveUp(message: string): void {
    if (this.ended) return
    this.#lose('timeout', message)
    if (this.owned) this.device.destroy()
  }

  /** Frees what was made on the device, and the device where it is ours. */
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
