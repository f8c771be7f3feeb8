import { compileKernels } from '../../src/cpu/wasm/module.ts'
import { createDispatcherWith } from '../../src/dispatcher/create.ts'
import type { Dispatcher } from '../../src/index.ts'
import { LimitClock } from './clock.ts'
import { type CpuProcessor, type CpuRow, isTakenOnCpu } from './cpu-rows.ts'
import { type Settled, settle, watchRejections } from './guard.ts'
import { faultOf, type Verdict } from './outcome.ts'
import { reluOfLength, type Trial, TRIALS, transferredRelu } from './trials.ts'

// What goes to a worker.
const LONG = 2 ** 17 + 5
const STRIKE_MS = 30

const longRelu = reluOfLength(LONG)
const transferred = transferredRelu(LONG)

/** The kinds of calls that show a row on a processor. */
export function cpuTrialsFor(row: CpuRow, processor: CpuProcessor): Trial[] {
  if (row.transfer) return [transferred]
  if (processor === 'worker') return [longRelu]
  const all: Trial[] = Object.values(TRIALS)
  // What there are few elements of, or an array for, needs no memory.
  return row.step === 'new arrays' ? all.filter(trial => trial !== TRIALS.alpha && trial !== TRIALS.inPlace) : all
}

/** Runs a row of the fault table on the CPU. */
export async function runCpuRow(row: CpuRow, processor: CpuProcessor, trial: Trial): Promise<Verdict> {
  // Rows are about the WebAssembly and not about the file that has it: loaded-later.test.ts withholds that.
  await import('../../src/cpu/wasm-cpu.ts')
  const rejections = watchRejections()
  const clock = new LimitClock()
  clock.install()
  // A browser has no threads of Node, and these rows are about its workers.
  const getBuiltinModule: unknown = Reflect.get(process, 'getBuiltinModule')
  Object.assign(process, { getBuiltinModule: undefined })
  const problems: string[] = []
  let outcome = 'fails'
  try {
    outcome = await run(row, processor, trial, clock, problems)
  } catch (error) {
    problems.push(`the row itself fails: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  } finally {
    Object.assign(process, { getBuiltinModule })
    clock.restore()
  }
  await new Promise(resolve => setTimeout(resolve))
  rejections.stop()
  problems.push(...rejections.seen.map(reason => `unhandled rejection: ${String(reason)}`))
  const expected = row.outcomes[processor]
  if (outcome !== expected) problems.push(`${outcome}, not ${expected}`)
  return { outcome, problems }
}

async function run(
  row: CpuRow,
  processor: CpuProcessor,
  trial: Trial,
  clock: LimitClock,
  problems: string[],
): Promise<string> {
  let struck = 0
  const strike = (): void => {
    struck++
    if (row.failure.name === 'never answers') setTimeout(() => clock.strike(), STRIKE_MS)
  }
  const isWorkerCall = row.step === 'worker call'
  // A worker is of the faulty kind from its start.
  const early = row.when === 'loading' || isWorkerCall ? row.failure.arm(strike) : undefined
  let dispatcher: Dispatcher
  try {
    dispatcher = await create(processor)
  } finally {
    if (row.when === 'loading') early?.()
  }
  try {
    if (row.when === 'call' && !isWorkerCall) await expectRight(dispatcher, trial)
    const before = struck
    const call = trial.call('one')
    const late = row.when === 'call' && !isWorkerCall ? row.failure.arm(strike) : undefined
    let settled: Settled
    try {
      settled = await settle(call.make(dispatcher))
    } finally {
      late?.()
      if (isWorkerCall) early?.()
    }
    const fault = faultOf(settled, call)
    if (fault !== undefined) problems.push(fault)
    const hasStruck = row.when === 'loading' ? struck > 0 : struck > before
    const isNoticed = isTakenOnCpu(row, processor) || row.failure.name === 'is missing'
    if (hasStruck !== isNoticed) problems.push(hasStruck ? 'the step is taken' : 'the fault did not strike')
    const outcome = outcomeOf(settled, dispatcher, processor)
    const afterwards = await settle(expectRight(dispatcher, longRelu))
    if (afterwards.kind !== 'resolved') problems.push(`afterwards: ${JSON.stringify(afterwards)}`)
    return outcome
  } finally {
    dispatcher.destroy()
  }
}

async function create(processor: CpuProcessor): Promise<Dispatcher> {
  const kernels = processor === 'JavaScript' ? { missing: 'Not for this row.' } : await compileKernels()
  const creating = createDispatcherWith(
    { processor: 'cpu', worker: processor === 'worker' && 1, timeLimit: LimitClock.limit },
    kernels,
  )
  const created = await settle(creating)
  if (created.kind === 'resolved') return created.value as Dispatcher
  throw new Error(
    created.kind === 'hung' ? 'createDispatcher hangs' : `createDispatcher rejects ${String(created.reason)}`,
  )
}

async function expectRight(dispatcher: Dispatcher, trial: Trial): Promise<void> {
  const call = trial.call('another')
  const fault = call.judge(await call.make(dispatcher))
  if (fault !== undefined) throw new Error(fault)
}

function outcomeOf(settled: Settled, { report }: Dispatcher, processor: CpuProcessor): string {
  if (settled.kind === 'rejected') return `rejects ${(settled.reason as { readonly code?: string }).code ?? 'untyped'}`
  if (settled.kind === 'hung') return 'hangs'
  if (report.cpu.path === 'javascript') return processor === 'JavaScript' ? 'unaffected' : 'JavaScript'
  return processor === 'worker' && !report.cpu.worker ? 'main thread' : 'unaffected'
}
