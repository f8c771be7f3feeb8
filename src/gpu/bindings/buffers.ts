import { platform, type WeakReference } from '../../support/platform.ts'

/** Facts about a buffer that was bound. The entry does not keep the buffer alive. */
export interface KnownBuffer {
  readonly id: number
  /** The device that has accepted the buffer, and therefore created it. */
  owner: WeakReference<GPUDevice> | undefined
  /** Callbacks for the buffer's collection. */
  readonly dependents: Set<() => void>
}

const known = new WeakMap<GPUBuffer, KnownBuffer>()
let collected: FinalizationRegistry<Set<() => void>> | undefined
let lastId = 0

/** Returns the entry of a buffer, created on first use. The dependents are dropped when the buffer is collected. */
export function knownBuffer(buffer: GPUBuffer): KnownBuffer {
  let entry = known.get(buffer)
  if (entry === undefined) {
    entry = { id: ++lastId, owner: undefined, dependents: new Set() }
    known.set(buffer, entry)
    // Without a registry, plans stay until the cache evicts them.
    const Registry = platform('FinalizationRegistry')
    if (collected === undefined && Registry !== undefined) collected = new Registry(forget)
    collected?.register(buffer, entry.dependents)
  }
  return entry
}

export function knownId(buffer: GPUBuffer): number | undefined {
  return known.get(buffer)?.id
}

/** Tells whether another device has accepted the buffer. Devices are compared by queue, because one may be a proxy. */
export function isOwnedByOther(buffer: GPUBuffer, device: GPUDevice): boolean {
  const owner = known.get(buffer)?.owner?.deref()
  return owner !== undefined && owner.queue !== device.queue
}

/** Calls the dependents of a collected buffer, once. */
export function forget(dependents: Set<() => void>): void {
  for (const drop of dependents) drop()
  dependents.clear()
}
