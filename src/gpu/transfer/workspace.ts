import { RequestQueue } from '../../support/deadlines.ts'
import { BufferPool } from './buffer-pool.ts'
import { Recorder } from '../record/recorder.ts'

/**
 * What the array calls of a device share: buffers and plans, none of them the caller's. It is freed when the last of those that
 * use it lets go.
 */
export class Workspace {
  readonly pool: BufferPool
  readonly recorder: Recorder
  /** Those who wait for what was submitted, and for what is compiled. */
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

  /** Forgets what may be invalid, and frees what is not in use. */
  reset(): void {
    this.pool.drain()
    this.recorder.free()
  }

  /** Of those that are on their way the buffers are freed when they have landed. */
  release(): void {
    if (--this.#users === 0) this.reset()
  }
}

const workspaces = new WeakMap<GPUDevice, Workspace>()

/** The workspace of a device: all dispatchers that use it share it. */
export function workspaceOf(device: GPUDevice): Workspace {
  let workspace = workspaces.get(device)
  if (workspace === undefined) {
    workspace = new Workspace(device)
    workspaces.set(device, workspace)
  }
  return workspace
}
