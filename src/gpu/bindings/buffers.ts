import { messageOf } from '../../support/errors.ts'
import { platform, type WeakReference, weakly } from '../../support/platform.ts'
import { inErrorScopes } from '../device/error-scopes.ts'

/** Facts about a buffer that was bound. The entry does not keep the buffer alive. */
export interface KnownBuffer {
  readonly id: number
  readonly size: number
  /** The device that has accepted the buffer, and therefore created it. */
  owner: WeakReference<GPUDevice> | undefined
  /** The question to a device whether it accepts the buffer, until it is answered. */
  question: Question | undefined
  /** Callbacks for the buffer's collection. */
  readonly dependents: Set<() => void>
}

/** Rejects where the device refuses the buffers that it was asked about. */
interface Question {
  readonly device: GPUDevice
  readonly answer: Promise<void>
}

const entries = new WeakMap<GPUBuffer, KnownBuffer>()
let collected: FinalizationRegistry<Set<() => void>> | undefined
let lastId = 0

/** Returns the entry of a buffer, created on first use. The dependents are dropped when the buffer is collected. */
export function knownBuffer(buffer: GPUBuffer): KnownBuffer {
  let entry = entries.get(buffer)
  if (entry === undefined) {
    entry = { id: ++lastId, size: buffer.size, owner: undefined, question: undefined, dependents: new Set() }
    entries.set(buffer, entry)
    // Without a registry, plans stay until the cache evicts them.
    const Registry = platform('FinalizationRegistry')
    if (collected === undefined && Registry !== undefined) collected = new Registry(forget)
    collected?.register(buffer, entry.dependents)
  }
  return entry
}

/** Returns the entry of a buffer that was bound before. */
export function known(buffer: GPUBuffer): KnownBuffer | undefined {
  return entries.get(buffer)
}

/** Tells whether this device has accepted a buffer; undefined where none is known to have. */
export function isOwnedBy({ owner }: KnownBuffer, device: GPUDevice): boolean | undefined {
  const accepting = owner?.deref()
  // Devices are compared by queue, because one may be a proxy.
  return accepting && (accepting === device || accepting.queue === device.queue)
}

/**
 * Learns whether a device accepts buffers, where none is known to have accepted them: binds them once more, in error
 * scopes. A buffer that the device is being asked about is not asked about again, unless the device refuses it.
 *
 * @param bind makes bind groups of the buffers
 * @param isLost tells whether the device is lost, for a lost device accepts everything
 * @param refused is told the reason
 */
export function learnOwner(
  device: GPUDevice,
  buffers: readonly KnownBuffer[],
  bind: () => unknown,
  isLost: () => boolean,
  refused: (reason: string) => void,
): void {
  const unknown = buffers.filter(buffer => isOwnedBy(buffer, device) === undefined)
  if (unknown.length === 0) return
  const ask = async (): Promise<void> => {
    const [, answer] = inErrorScopes(device, 'a binding', bind)
    const question = { device, answer }
    for (const buffer of unknown) buffer.question = question
    try {
      await answer
      if (isLost()) return
      for (const buffer of unknown) if (isOwnedBy(buffer, device) === undefined) buffer.owner = weakly(device)
    } finally {
      for (const buffer of unknown) if (buffer.question === question) buffer.question = undefined
    }
  }
  const waiting = unknown.flatMap(({ question }) => (question?.device === device ? [question.answer] : []))
  // The device refuses all buffers of a question for one of them, so that the others are asked about again.
  const asked = waiting.length < unknown.length ? ask() : Promise.all(waiting).then(() => undefined, ask)
  asked.catch((error: unknown) => refused(messageOf(error)))
}

/** Calls the dependents of a collected buffer, once. */
export function forget(dependents: Set<() => void>): void {
  for (const drop of dependents) drop()
  dependents.clear()
}
