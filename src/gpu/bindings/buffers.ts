import { platform, type Reference } from '../../support/platform.ts'

/** Facts about a buffer that was bound. The entry does not keep the buffer alive. */
export interface KnownBuffer {
  /** Tells buffers apart in a key. */
  readonly id: number
  /** The device that has accepted the buffer, which is its own. */
  owner: Reference<GPUDevice> | undefined
  /** Callbacks for the buffer's collection. */
  readonly dependents: Set<() => void>
}

const known = new WeakMap<GPUBuffer, KnownBuffer>()
let collected: FinalizationRegistry<Set<() => void>> | undefined
let lastId = 0

/** The entry of a buffer, made the first time. When the buffer is collected, its dependents are dropped. */
export function knownBuffer(buffer: GPUBuffer): KnownBuffer {
  let entry = known.get(buffer)
  if (entry === undefined) {
    entry = { id: ++lastId, owner: undefined, dependents: new Set() }
    known.set(buffer, entry)
    // Where an engine has no registry, plans are kept until others take their place.
    const Registry = platform('FinalizationRegistry')
    if (collected === undefined && Registry !== undefined) collected = new Registry(forget)
    collected?.register(buffer, entry.dependents)
  }
  return entry
}

/** The id of a buffer that was bound before. */
export function knownId(buffer: GPUBuffer): number | undefined {
  return known.get(buffer)?.id
}

/** Whether another device has accepted the buffer before. Devices are the same that share a queue: one may be a proxy. */
export function isOwnedByOther(buffer: GPUBuffer, device: GPUDevice): boolean {
  const owner = known.get(buffer)?.owner?.deref()
  return owner !== undefined && owner.queue !== device.queue
}

/** Calls the dependents of a buffer that is gone, once. */
export function forget(dependents: Set<() => void>): void {
  for (const drop of dependents) drop()
  dependents.clear()
}
