import { platform, type Reference } from '../../support/platform.ts'

/** What is remembered of a buffer that was bound here. It does not keep the buffer. */
export interface KnownBuffer {
  /** Tells buffers apart in a key. */
  readonly id: number
  isDestroyed: boolean
  /** The device that has accepted it, which is its own. */
  owner: Reference<GPUDevice> | undefined
  /** What to forget when the buffer goes. */
  readonly dependents: Set<() => void>
}

const known = new WeakMap<GPUBuffer, KnownBuffer>()
let collected: FinalizationRegistry<Set<() => void>> | undefined
let lastId = 0

/**
 * What is known of a buffer. From the first time on its end is noticed, be it destroyed or collected.
 *
 * WebGPU has no way to ask whether a buffer is destroyed: it answers when work is submitted, by refusing all of it. So
 * `destroy` is replaced on the buffer itself. A buffer that was destroyed before is taken for a live one.
 */
export function knownBuffer(buffer: GPUBuffer): KnownBuffer {
  let entry = known.get(buffer)
  if (entry === undefined) {
    entry = { id: ++lastId, isDestroyed: false, owner: undefined, dependents: new Set() }
    known.set(buffer, entry)
    noticeEnd(buffer, entry.dependents)
    watchDestroy(buffer, entry)
  }
  return entry
}

/** The id of a buffer that is known and not destroyed. */
export function knownId(buffer: GPUBuffer): number | undefined {
  const entry = known.get(buffer)
  return entry === undefined || entry.isDestroyed ? undefined : entry.id
}

/** Whether another device has accepted the buffer before. Devices are the same that share a queue: one may be a proxy. */
export function isOwnedByOther(buffer: GPUBuffer, device: GPUDevice): boolean {
  const owner = known.get(buffer)?.owner?.deref()
  return owner !== undefined && owner.queue !== device.queue
}

/** Where an engine does not tell, plans are kept until others take their place. */
function noticeEnd(buffer: GPUBuffer, dependents: Set<() => void>): void {
  const Registry = platform('FinalizationRegistry')
  if (collected === undefined && Registry !== undefined) collected = new Registry(forget)
  collected?.register(buffer, dependents)
}

function watchDestroy(buffer: GPUBuffer, entry: KnownBuffer): void {
  const destroy: (this: GPUBuffer) => unknown = Reflect.get(buffer, 'destroy')
  // Does nothing where a buffer is frozen, which is used all the same.
  Reflect.defineProperty(buffer, 'destroy', {
    configurable: true,
    writable: true,
    value(this: GPUBuffer) {
      entry.isDestroyed = true
      forget(entry.dependents)
      return destroy.call(this)
    },
  })
}

/** Forgets what depends on a buffer that goes. */
export function forget(dependents: Set<() => void>): void {
  for (const drop of dependents) drop()
  dependents.clear()
}
