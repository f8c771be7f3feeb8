import { once } from 'node:events'
import type { Processor } from '../accuracy/processors.ts'
import { dawn, defineGlobals, destroyAfterMaps, keepDevices } from '../tools/lanes/dawn.ts'
import { brokenPromise, describeAdapter } from '../tools/lanes/promise.ts'
import { ThreadWorker } from '../support/worker.ts'
import { cpuTrialsFor, runCpuRow } from './cpu-bench.ts'
import { CPU_PROCESSORS, CPU_ROWS } from './cpu-rows.ts'
import { GpuBench, trialsFor } from './gpu-bench.ts'
import { GPU_PROCESSORS, GPU_ROWS } from './gpu-rows.ts'
import type { Verdict } from './outcome.ts'

// One process of `npm run faults`: a driver is chosen by the environment.

/** What it is asked, once. */
export interface Question {
  readonly processor: Processor
  /** Part of the names of the steps; empty: all. */
  readonly step: string
}

/** A cell of the table: what became of each kind of call. */
export interface Cell {
  readonly processor: string
  readonly verdicts: readonly (Verdict & { readonly trial: string })[]
}

/** What it answers: on what it runs, then line by line the table, and that this was all. */
export type Answer =
  | { readonly description: string; readonly lines: number }
  | { readonly title: readonly [step: string, failure: string, when: string]; readonly cells: readonly Cell[] }
  | { readonly problem: string }
  | { readonly done: true }

const LANES = { swiftshader: 'node-swiftshader', lavapipe: 'node-lavapipe', gpu: 'node-gpu' } as const
const tell = (answer: Answer): void => void process.send!(answer)
// Without the parent nobody keeps what is found.
process.on('disconnect', () => process.exit(1))

try {
  const [{ processor, step }] = (await once(process, 'message')) as [Question]
  if (processor === 'cpu') await runOnCpu(step)
  else await runOnGpu(LANES[processor], step)
} catch (error) {
  tell({ problem: error instanceof Error ? (error.stack ?? error.message) : String(error) })
}
tell({ done: true })

async function runOnGpu(lane: (typeof LANES)[keyof typeof LANES], step: string): Promise<void> {
  const gpu = dawn()
  defineGlobals()
  keepDevices()
  destroyAfterMaps()
  const property = { configurable: true, enumerable: true, writable: true }
  if (typeof navigator === 'undefined') Object.defineProperty(globalThis, 'navigator', { ...property, value: {} })
  const adapter = await gpu.requestAdapter()
  const broken = brokenPromise(lane, adapter?.info)
  if (adapter === null || broken !== undefined) throw new Error(broken ?? 'no adapter')
  const rows = GPU_ROWS.filter(row => row.step.includes(step))
  tell({ description: describeAdapter(adapter.info), lines: rows.length })
  const bench = new GpuBench(gpu, false)
  bench.install()
  for (const row of rows) {
    const cells: Cell[] = []
    for (const processor of GPU_PROCESSORS) {
      const verdicts: Cell['verdicts'][number][] = []
      for (const trial of trialsFor(row)) {
        verdicts.push({ ...(await bench.run(row, processor, trial)), trial: trial.name })
      }
      cells.push({ processor, verdicts })
    }
    const when = row.at === 'all' ? `${row.when}, every time` : row.when
    tell({ title: [row.step, row.failure.name, when], cells })
  }
  for (const problem of await bench.restore()) tell({ problem })
}

async function runOnCpu(step: string): Promise<void> {
  Object.defineProperty(globalThis, 'Worker', { configurable: true, writable: true, value: ThreadWorker })
  const rows = CPU_ROWS.filter(row => row.step.includes(step))
  tell({ description: `Node ${process.versions.node}`, lines: rows.length })
  for (const row of rows) {
    const cells: Cell[] = []
    for (const processor of CPU_PROCESSORS) {
      const verdicts: Cell['verdicts'][number][] = []
      for (const trial of cpuTrialsFor(row, processor)) {
        verdicts.push({ ...(await runCpuRow(row, processor, trial)), trial: trial.name })
      }
      cells.push({ processor, verdicts })
    }
    tell({ title: [row.step, row.failure.name, row.transfer ? `${row.when}, transferred` : row.when], cells })
  }
}
