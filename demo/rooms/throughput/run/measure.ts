import { createDispatcher, type Dispatcher, isGlu } from '../../../../src/index.ts'
import type { Processor } from '../../../state/choices.ts'
import { formatElements, messageOf } from '../../../support/format.ts'
import type { Input } from '../../../input/input.ts'
import { normalValues } from '../../../input/normal.ts'
import type { Peers } from '../../../peers/open.ts'
import { failedRow, type Row, skippedRow, type Subject } from '../../../measure/rows.ts'
import { ResidentData, tooLarge } from '../../../measure/buffers.ts'
import type { Computation, Data } from '../../../measure/computation.ts'
import type { Gpu } from '../../../measure/gpu.ts'
import { type Reference, ReferenceWorker } from '../../../measure/reference.ts'
import { Candidates } from './candidates.ts'
import { Stopped } from '../../../support/pause.ts'
import { entriesOf, type Entry, type Plan, planOf, planWithout } from './plan.ts'
import { setsFor } from '../../../measure/rotation.ts'
import { type InterleaveOptions, measureInterleaved } from '../../../measure/interleaved.ts'

/** A request for measurements. */
export interface Request {
  readonly input: Input
  /** The seed of dy and up. */
  readonly seed: number
  readonly sizes: readonly number[]
  readonly computations: readonly Computation[]
  readonly processors: readonly Processor[]
  readonly runs: number
  /** The threads on the CPU. */
  readonly threads: number
}

/** Receives the progress of a run. */
export interface Listener {
  readonly row: (row: Row) => void
  readonly step: (text: string) => void
}

/** The tasks of a request, in the order in which they are measured. */
export function subjectsOf(
  { sizes, computations, processors }: Pick<Request, 'sizes' | 'computations' | 'processors'>,
  peers: Peers,
): Subject[] {
  return sizes.flatMap(elements =>
    entriesOf(planOf(computations, processors, peers, elements)).map(({ subject }) => subject),
  )
}

/**
 * Measures one size after the other. Each failure becomes a row that states it.
 *
 * @param isMeasured tells the tasks that are left out
 * @param gpu the device to measure on, or the reason why there is none, which its rows will state
 * @throws Stopped; Error where there are not as many threads as the request has
 */
export async function measure(
  request: Request,
  gpu: Gpu | { readonly refused: string },
  peers: Peers,
  isMeasured: (subject: Subject) => boolean,
  listener: Listener,
  signal: AbortSignal,
): Promise<void> {
  const { threads } = request
  const cpu = await createDispatcher({ processor: 'cpu', worker: threads > 1 && threads })
  if (cpu.report.cpu.threads !== threads) throw new Error(cpu.report.cpu.reason)
  const reference = new ReferenceWorker()
  const webgpu = 'refused' in gpu ? gpu : await openWebgpu(gpu)
  try {
    for (const elements of request.sizes) {
      const step = (text: string): void => listener.step(`${formatElements(elements)} elements: ${text}`)
      const plan = planWithout(planOf(request.computations, request.processors, peers, elements), isMeasured)
      if (entriesOf(plan).length === 0) continue
      const size = { request, plan, elements, cpu, webgpu, reference: reference.compute, signal }
      await measureSize({ ...size, listener: { ...listener, step } })
    }
  } finally {
    reference.close()
    cpu.destroy()
    if ('dispatcher' in webgpu) webgpu.dispatcher.destroy()
  }
}

/** A GPU, with a dispatcher on it. */
interface Webgpu {
  readonly gpu: Gpu
  readonly dispatcher: Dispatcher
}

async function openWebgpu(gpu: Gpu): Promise<Webgpu | { readonly refused: string }> {
  try {
    return { gpu, dispatcher: await createDispatcher({ processor: 'webgpu', device: gpu.device, crossCheck: 'off' }) }
  } catch (error) {
    return { refused: gpu.lost() ?? messageOf(error) }
  }
}

interface SizeRequest {
  readonly request: Request
  readonly plan: Plan
  readonly elements: number
  readonly cpu: Dispatcher
  readonly webgpu: Webgpu | { readonly refused: string }
  readonly reference: Reference
  readonly signal: AbortSignal
  readonly listener: Listener
}

async function measureSize(size: SizeRequest): Promise<void> {
  const { request, plan, elements, cpu, webgpu, reference, signal, listener } = size
  const tell = (rows: readonly Row[]): void => {
    for (const row of rows) listener.row(row)
  }
  const onGpu = [...plan.resident, ...plan.roundtrip]
  if ('refused' in webgpu) tell(failed(onGpu, webgpu.refused))
  if ('refused' in webgpu && plan.cpu.length === 0) return

  let sets: readonly Data[]
  try {
    listener.step('making the input')
    sets = await makeSets(request, elements, signal)
  } catch (error) {
    if (error instanceof Stopped) throw error
    tell(failed([...('refused' in webgpu ? [] : onGpu), ...plan.cpu], messageOf(error)))
    return
  }

  const candidates = new Candidates(sets, reference, signal)
  const options = { runs: request.runs, step: listener.step, signal }
  if (!('refused' in webgpu)) {
    const { gpu, dispatcher } = webgpu
    const explain = (error: unknown): string => gpu.lost() ?? messageOf(error)
    tell(await residentRows(plan.resident, candidates, gpu, { ...options, explain }))
    tell(await measureInterleaved(candidates.withArrays(plan.roundtrip, dispatcher), { ...options, explain }))
  }
  try {
    tell(await measureInterleaved(candidates.withArrays(plan.cpu, cpu), { ...options, explain: messageOf }))
  } finally {
    await candidates.clear()
  }
}

async function residentRows(
  entries: readonly Entry[],
  candidates: Candidates,
  gpu: Gpu,
  options: InterleaveOptions,
): Promise<Row[]> {
  if (entries.length === 0) return []
  const { elements } = entries[0]!.subject
  const why = tooLarge(elements, gpu)
  if (why !== undefined) return entries.map(({ subject }) => skippedRow(subject, why))
  let data: ResidentData | undefined
  try {
    const hasBackward = entries.some(({ subject }) => subject.direction === 'backward')
    data = await ResidentData.create(gpu, candidates.workload.sets, hasBackward)
    return await measureInterleaved(candidates.onGpu(entries, data), options)
  } catch (error) {
    if (error instanceof Stopped) throw error
    return failed(entries, options.explain(error))
  } finally {
    await candidates.clear()
    data?.destroy()
  }
}

async function makeSets(
  { input, seed, computations }: Request,
  elements: number,
  signal: AbortSignal,
): Promise<readonly Data[]> {
  const x = await input.values(elements, signal)
  const dy = await normalValues(seed + 1, elements, signal)
  const hasPair = computations.some(({ activation }) => isGlu(activation))
  const data: Data = { x, dy, ...(hasPair && { up: await normalValues(seed + 2, elements, signal) }) }
  const copies = Array.from({ length: setsFor(elements) - 1 }, () => ({
    x: data.x.slice(),
    dy: data.dy.slice(),
    ...(data.up !== undefined && { up: data.up.slice() }),
  }))
  return [data, ...copies]
}

function failed(entries: readonly Entry[], why: string): Row[] {
  return entries.map(({ subject }) => failedRow(subject, why))
}
