import fc from 'fast-check'
import { openDawn } from '../tools/dawn-device.ts'
import type { Processor } from '../accuracy/processors.ts'
import { createDispatcherWith } from '../../src/dispatcher/create.ts'
import { createDispatcher, wgsl } from '../../src/index.ts'
import { ThreadWorker } from '../support/worker.ts'
import { foreignArrays } from './foreign.ts'
import { KernelBench, kernelCases } from './kernels.ts'
import { wgslCases, write } from './makers.ts'
import type { Outcome } from './outcome.ts'
import {
  callProperties,
  cpuProperties,
  pendingProperty,
  property,
  type Property,
  workerProperty,
} from './properties.ts'

// The cases of one processor, in a process of its own: one that hangs, or crashes, takes nothing else with it.

export interface Question {
  readonly processor: Processor
  readonly cases: number
  readonly seed: number
  readonly property: string
  readonly trace: boolean
}

/** What came of a property, or how far it is: the next case. */
export type Answer =
  | { readonly kind: 'case'; readonly property: string; readonly number: number; readonly shown: string }
  | {
      readonly kind: 'property'
      readonly property: string
      readonly outcomes: Readonly<Record<Outcome, number>>
      readonly seconds: number
      /** What failed, in words. */
      readonly failure: string | undefined
    }
  | { readonly kind: 'end' }

const MOST_MS = 20_000
const MOST_CPU_MS = 3000
// Each of them has dozens of programs to compile.
const NAMES_ON_GPU = ['relu', 'leakyRelu', 'prelu', 'tanh', 'gelu', 'hardTanh', 'swiglu']

let now = 'at the start'
const answer = (message: Answer): Promise<unknown> => new Promise(resolve => void process.send!(message, resolve))

process.once('message', (question: Question) => void run(question))
for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
  process.on(event, (error: unknown) => void end(`${event}: ${inWords(error)}`))
}

async function end(failure: string): Promise<void> {
  const outcomes = { right: 0, refused: 0, aborted: 0 }
  await answer({ kind: 'property', property: now, outcomes, seconds: 0, failure })
  process.exit(1)
}

async function run(question: Question): Promise<void> {
  const all = question.processor === 'cpu' ? await onCpu() : await onGpu(question.processor)
  const chosen = all.filter(({ name }) => name.includes(question.property))
  const total = chosen.reduce((sum, { weight }) => sum + weight, 0)
  for (const one of chosen) await hold(one, Math.ceil((question.cases * one.weight) / total), question)
  await answer({ kind: 'end' })
  // Devices and workers would keep it.
  process.exit()
}

async function hold(one: Property, numRuns: number, { seed, trace }: Question): Promise<void> {
  now = one.name
  const outcomes: Record<Outcome, number> = { right: 0, refused: 0, aborted: 0 }
  const start = performance.now()
  let number = 0
  const details = await fc.check(
    fc.asyncProperty(one.cases, async value => {
      if (trace || number++ % 100 === 0) {
        void answer({ kind: 'case', property: one.name, number, shown: trace ? fc.stringify(value) : '' })
      }
      outcomes[await withinTime(() => one.run(value))]++
    }),
    { numRuns, seed },
  )
  const failure = details.failed
    ? `${fc.stringify(details.counterexample)}\n${inWords(details.errorInstance)}\nseed ${seed}, path ${details.counterexamplePath}`
    : undefined
  const seconds = (performance.now() - start) / 1000
  await answer({ kind: 'property', property: one.name, outcomes, seconds, failure })
}

/** Ends what never comes, and what keeps the thread to itself for long. */
async function withinTime(run: () => Promise<Outcome>): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it hangs: nothing came of it in ${MOST_MS / 1000} s`)), MOST_MS)
  })
  // Not by the clock, which goes on while other processes have their turn.
  const before = process.cpuUsage()
  const outcome = await Promise.race([run(), late]).finally(() => clearTimeout(timer))
  const { user } = process.cpuUsage(before)
  if (user > MOST_CPU_MS * 1000) throw new Error(`it takes ${user / 1e6} s of the processor`)
  return outcome
}

function inWords(error: unknown): string {
  const { stack = String(error), cause } = (error ?? {}) as Error
  return cause === undefined ? stack : `${stack}\ncaused by ${inWords(cause)}`
}

async function onCpu(): Promise<Property[]> {
  Object.assign(globalThis, { Worker: ThreadWorker })
  const cpu = await createDispatcher({ processor: 'cpu' })
  const javascript = await createDispatcherWith({ processor: 'cpu' }, { missing: 'Not for this.' })
  const worker = await createDispatcher({ processor: 'cpu', worker: 1 })
  const dispatchers = { 'on the CPU': cpu, 'in JavaScript': javascript }
  return [
    ...cpuProperties(dispatchers, foreignArrays(), () => createDispatcher({ processor: 'cpu' })),
    pendingProperty('on the CPU', cpu),
    workerProperty(worker),
  ]
}

async function onGpu(processor: Exclude<Processor, 'cpu'>): Promise<Property[]> {
  const { device } = await openDawn(processor)
  const dispatcher = await createDispatcher({ processor: 'webgpu', device })
  const bench = new KernelBench(device)
  const compile = async (code: string): Promise<void> => {
    const { messages } = await device.createShaderModule({ code }).getCompilationInfo()
    const [wrong] = messages.filter(({ type }) => type === 'error')
    if (wrong !== undefined) throw new Error(`${wrong.message}\n${code}`)
  }
  return [
    ...callProperties('on the GPU', dispatcher, foreignArrays(), NAMES_ON_GPU),
    pendingProperty('on the GPU', dispatcher, NAMES_ON_GPU),
    property('kernels', 4, kernelCases(NAMES_ON_GPU, ['f32', 'f32', 'f16', 'bf16', 'i32']), one => bench.run(one)),
    property(`${wgsl.name}, compiled`, 1, wgslCases, one => write(one, compile)),
  ]
}
