import { BYTES_PER_WORD } from '../../operations/layout.ts'
import { GpuRefusal, textOf } from '../../support/errors.ts'
import { oncePer } from '../../support/once.ts'
import { platform, type WeakReference, weakly } from '../../support/platform.ts'
import { ShaderStage } from '../device/constants.ts'
import { lossOf } from '../device/device.ts'
import { inErrorScopes } from '../device/error-scopes.ts'

/** Facts about a buffer that was bound. The entry does not keep the buffer alive. */
export interface KnownBuffer {
  readonly id: number
  /** The key of the whole buffer as a range, which most bindings have. */
  readonly whole: string
  readonly size: number
  /** The device that has accepted the buffer, and therefore created it. */
  owner: WeakReference<GPUDevice> | undefined
  /** A device that refused the buffer, and its reason. */
  refusal: { readonly by: WeakReference<GPUDevice>; readonly reason: string } | undefined
  /** The question to a device whether it accepts the buffer, until it is answered. */
  question: { readonly to: GPUDevice; readonly answer: Promise<string | undefined> } | undefined
  /** Callbacks for the buffer's collection or refusal. */
  readonly dependents: Set<() => void>
}

const entries = new WeakMap<GPUBuffer, KnownBuffer>()
let collected: FinalizationRegistry<Set<() => void>> | undefined
let lastId = 0

/** Returns the entry of a buffer, created on first use. The dependents are dropped when the buffer is collected. */
export function knownBuffer(buffer: GPUBuffer): KnownBuffer {
  let entry = entries.get(buffer)
  if (entry === undefined) {
    const unknown = { owner: undefined, refusal: undefined, question: undefined }
    entry = { id: ++lastId, whole: `=${lastId}+0:undefined`, size: buffer.size, ...unknown, dependents: new Set() }
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

/** Returns what keeps a buffer from this device, to follow its name; undefined where nothing is known to. */
export function refusalOf(about: KnownBuffer, device: GPUDevice): string | undefined {
  if (isOwnedBy(about, device) === false) return 'belongs to another device'
  const { refusal } = about
  return refusal !== undefined && refusal.by.deref() === device
    ? `is refused by the device: ${refusal.reason}`
    : undefined
}

/** Returns the layout by which a device is asked about a buffer. */
export const questionLayout = /* @__PURE__ */ oncePer((device: GPUDevice) =>
  device.createBindGroupLayout({
    entries: [{ binding: 0, visibility: ShaderStage.COMPUTE, buffer: { type: 'read-only-storage' } }],
  }),
)

/**
 * Asks a device whether it accepts a buffer, unless one is known to have accepted it or the question waits already. WebGPU
 * has no other way: the buffer is bound once more, alone, within error scopes. Plans with a refused buffer are dropped.
 *
 * @returns (by promise) the reason of a refusal; undefined for none, and where the device is lost
 */
export function learnOwner(device: GPUDevice, buffer: GPUBuffer): Promise<string | undefined> {
  const about = knownBuffer(buffer)
  if (isOwnedBy(about, device) !== undefined || refusalOf(about, device) !== undefined) {
    return Promise.resolve(refusalOf(about, device))
  }
  if (about.question?.to !== device) about.question = { to: device, answer: ask(device, buffer, about) }
  return about.question.answer
}

async function ask(device: GPUDevice, buffer: GPUBuffer, about: KnownBuffer): Promise<string | undefined> {
  const entry = { binding: 0, resource: { buffer, size: BYTES_PER_WORD } }
  let isAccepted = false
  let reason: string | undefined
  try {
    const [, accepted] = inErrorScopes(device, 'a buffer', () =>
      device.createBindGroup({ layout: questionLayout(device), entries: [entry] }),
    )
    await accepted
    isAccepted = true
  } catch (error) {
    // Without memory, or where the device fails altogether, nothing is learnt about the buffer.
    if (error instanceof GpuRefusal && error.code !== 'out-of-memory') {
      reason = textOf(error.cause, cause => (cause as GPUError).message).split('\n')[0]
    }
  }
  about.question = undefined
  // A lost device accepts everything.
  if ((await lossOf(device)) !== undefined) return undefined
  if (isAccepted) about.owner ??= weakly(device)
  if (reason !== undefined) {
    about.refusal = { by: weakly(device), reason }
    forget(about.dependents)
  }
  return refusalOf(about, device)
}

/** Calls the dependents of a buffer that was collected or refused, once. */
export function forget(dependents: Set<() => void>): void {
  for (const drop of dependents) drop()
  dependents.clear()
}
