import { workgroupSizeOf } from '../gpu/device/workgroup-size.ts'
import { keyOf } from '../gpu/plan/schedule.ts'
import { oncePer, onceUnlessFailed } from '../support/once.ts'
import { VERSION } from '../support/version.ts'
import { type Call, mismatchesIn } from './calls.ts'
import type { LiveDevice } from './live-device.ts'
import type { CheckedOptions, VerdictStorage } from './options.ts'

/** The verdict of a self-test: a report of wrong results; undefined when all are right. */
type Verdict = string | undefined

// By version, adapter, kernel and its WGSL.
const verdicts = new Map<string, Promise<Verdict>>()

const ITEM = 'webgpu-activations'

const knownTo = /* @__PURE__ */ oncePer<LiveDevice, Map<string, Promise<Verdict>>>(() => new Map())

/**
 * Gives the verdict on the kernel of a call, after a test where there is none: on some device of an adapter, once for a
 * page or, where there is a storage, for all.
 *
 * @throws the error of a test that fails to run, which says nothing of the kernel
 */
export function verdictOf(call: Call<unknown>, live: LiveDevice, options: CheckedOptions): Promise<Verdict> {
  return onceUnlessFailed(knownTo(live), call.kernel, () => find(call, live, options))
}

function find(call: Call<unknown>, live: LiveDevice, options: CheckedOptions): Promise<Verdict> {
  // In compatibility mode programs are others.
  const adapter = `${keyOf(live.device)} ${workgroupSizeOf(live.device)}`
  const key = `${adapter} ${call.kernel} ${fingerprint(call.activation.wgslSources.join())}`
  const isKnown = verdicts.has(key)
  const found = onceUnlessFailed(verdicts, key, async () =>
    passedIn(options.storage).includes(key) ? undefined : test(call, live, options),
  )
  // A failure of another dispatcher's device says nothing of this one.
  const verdict = isKnown ? found.catch(() => find(call, live, options)) : found
  void verdict.then(
    report => report === undefined && keepPassed(options.storage, key),
    () => undefined,
  )
  return verdict
}

async function test(call: Call<unknown>, { device, signal }: LiveDevice, options: CheckedOptions): Promise<Verdict> {
  const deadline = { signals: [signal], timeLimit: options.timeLimit }
  const answers = await Promise.all(call.selfTests().map(each => each.computeOnGpu(device, deadline)))
  const findings = answers.flatMap(answer => answer.check({ ...options, crossCheck: 'full' }))
  const wrong = mismatchesIn(findings)
  return wrong.length === 0 ? undefined : wrong.map(finding => `Self-test of ${finding.report()}`).join('\n')
}

// A failed verdict is not stored, because a later version of the driver may be right.
function keepPassed(storage: VerdictStorage | undefined, key: string): void {
  if (storage === undefined) return
  const passed = passedIn(storage)
  if (passed.includes(key)) return
  try {
    storage.setItem(ITEM, JSON.stringify({ version: VERSION, passed: [...passed, key] }))
  } catch {
    // The storage is full, or the user forbids it.
  }
}

/** Reads the stored verdicts. Other pages of the origin may have written anything there. */
function passedIn(storage: VerdictStorage | undefined): string[] {
  try {
    const { version, passed } = JSON.parse(storage?.getItem(ITEM) ?? 'null') as Record<string, unknown>
    return version === VERSION && Array.isArray(passed) ? passed.filter(key => typeof key === 'string') : []
  } catch {
    return []
  }
}

// FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/
function fingerprint(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0).toString(16)
}
