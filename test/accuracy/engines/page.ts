import { brokenPromise, describeAdapter } from '../../tools/lanes/promise.ts'
import type { Direction } from '../../../src/index.ts'
import { measure, type Row } from '../measure.ts'
import { openOurs } from '../ours.ts'
import type { Subject } from '../subjects.ts'
import type { EngineName } from './names.ts'
import { fromText, toText } from './text.ts'

/** The request of the command to the engine. */
export interface EngineQuestion {
  readonly engine: EngineName
  readonly subjects: readonly Subject[]
  readonly directions: readonly Direction[]
}

/** The messages of the engine. In Deno the last ones are its end and its failure, which Firefox tells by itself. */
export type EngineAnswer =
  | { readonly description: string }
  | { readonly rows: readonly Row[] }
  | { readonly done: true }
  | { readonly problem: string }

declare global {
  /** Takes a question as text, and tells answers as text. */
  var measureEngine: ((question: string, tell: (answer: string) => unknown) => Promise<void>) | undefined
  var engineAdapter: GPUAdapter | undefined
}

/** Measures this library in the engine that runs this. @throws Error when its adapter is not lavapipe's */
globalThis.measureEngine = async (question, tellText) => {
  const { engine, subjects, directions } = fromText(question) as EngineQuestion
  const tell = async (answer: EngineAnswer): Promise<void> => void (await tellText(toText(answer)))
  const adapter = await navigator.gpu.requestAdapter()
  const broken = brokenPromise(engine, adapter?.info)
  if (adapter === null || broken !== undefined) throw new Error(broken ?? 'no adapter')
  // Deno 2.9 ends the process when the information of a device is read after its adapter was collected.
  globalThis.engineAdapter = adapter
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits
  const device = await adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } })
  const problems: string[] = []
  device.addEventListener('uncapturederror', ({ error }) => problems.push(error.message))
  // Firefox names no adapter.
  const named = adapter.info.vendor === '' ? 'a software adapter without a name' : describeAdapter(adapter.info)
  const candidate = await openOurs(named, device)
  await tell({ description: candidate.description })
  for (const subject of subjects) {
    await tell({ rows: await measure(subject, engine, candidate, directions, true) })
    if (problems.length > 0) throw new Error(problems[0])
  }
}
