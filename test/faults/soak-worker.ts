import { once } from 'node:events'
import type { GpuProcessor } from '../accuracy/processors.ts'
import { dawn, defineGlobals, destroyAfterMaps, keepDevices } from '../tools/lanes/dawn.ts'
import { brokenPromise, describeAdapter } from '../tools/lanes/promise.ts'
import { ThreadWorker } from '../support/worker.ts'
import { type Answer, Soak } from './soak-run.ts'

// The process of `npm run faults -- --soak`: a driver is chosen by the environment.

/** What it is asked, once. */
export interface Question {
  readonly processor: GpuProcessor
  readonly seed: number
  readonly milliseconds: number
  /** How many calls are made without faults, to see whether anything grows. */
  readonly steadyCalls: number
}

const LANES = { swiftshader: 'node-swiftshader', lavapipe: 'node-lavapipe', gpu: 'node-gpu' } as const
const tell = (answer: Answer): void => void process.send!(answer)
process.on('disconnect', () => process.exit(1))

try {
  const [question] = (await once(process, 'message')) as [Question]
  const gpu = dawn()
  defineGlobals()
  keepDevices()
  destroyAfterMaps()
  const property = { configurable: true, enumerable: true, writable: true }
  if (typeof navigator === 'undefined') Object.defineProperty(globalThis, 'navigator', { ...property, value: {} })
  Object.defineProperty(globalThis, 'Worker', { ...property, value: ThreadWorker })
  const adapter = await gpu.requestAdapter()
  const broken = brokenPromise(LANES[question.processor], adapter?.info)
  if (adapter === null || broken !== undefined) throw new Error(broken ?? 'no adapter')
  tell({ description: describeAdapter(adapter.info) })
  const soak = new Soak(gpu, question.seed, tell)
  await soak.stay(question.steadyCalls)
  await soak.suffer(question.milliseconds)
  await soak.end()
  tell({ done: soak.tally })
} catch (error) {
  tell({ problem: error instanceof Error ? (error.stack ?? error.message) : String(error) })
}
