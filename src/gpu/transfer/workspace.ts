import { RequestQueue } from '../../support/deadlines.ts'
import { oncePer } from '../../support/once.ts'
import { BufferPool } from './buffer-pool.ts'
import { Recorder } from '../record/recorder.ts'

/**
 * Buffers and plans that the array calls of a device share, none of them the caller's. The last dispatcher that releases the
 * workspace frees them.
 */
export class Workspace {
  readonly pool: BufferPool
  readonly recorder: Recorder
  /** The requests that wait for the device: submissions, and compilations. */
  readonly submissions = new RequestQueue()
  readonly compilations = new RequestQueue()
  #users = 0

  constructor(device: GPUDevice) {
    this.pool = new BufferPool(device)
    this.recorder = new Recorder(device, true)
  }

  retain(): void {
    this.#users++
  }

  /** Frees what is not in use, and forgets plans, which may be invalid. */
  reset(): void {
    this.pool.drain()
    this.recorder.free()
  }

  /** Buffers of transfers under way are freed when these end. */
  release(): void {
    if (--this.#users === 0) this.reset()
  }
}

/** The workspace of a device: all dispatchers that use it share it. */
export const workspaceOf = /* @__PURE__ */ oncePer((device: GPUDevice) => new Workspace(device))
