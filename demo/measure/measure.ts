import { createDispatcher, type Dispatcher } from '../../src/index.ts'
import { type Processor } from '../choices.ts'
import { formatElements, formatMebibytes } from '../format.ts'
import type { Input } from '../input/input.ts'
import { normalValues } from '../input/normal.ts'
import { failedRow, hasFailed, type Row, skippedRow, type Subject, subject } from '../rows.ts'
import { checkResults, elementsOf } from './check.ts'
import type { Computation, Data } from './computation.ts'
import { type Gpu, messageOf } from './gpu.ts'
import { Stopped } from './pause.ts'
import { bufferBytes, measureResident, type ResidentKernel } from './resident.ts'
import { measureRoundtrip } from './roundtrip.ts'

/** What to measure. */
export interface Request {
  readonly input: Input
  /** Of dy and up. */
  readonly seed: number
  readonly sizes: readonly number[]
  readonly computations: readonly Computation[]
  readonly processors: readonly Processor[]
  readonly runs: number
}

/** What a run tells while it goes on. */
export interface Listener {
  row(row: Row): void
  step(text: string): void
}

/** How many rows a request makes. */
export function countRows({ sizes, computations, processors }: Request): number {
  const kernels = computations.length
  const ofOneSize = (processors.includes('webgpu') ? 2 * kernels + 1 : 0) + (processors.includes('cpu') ? kernels : 0)
  return sizes.length * ofOneSize
}

/**
 * Measures one size after the other, on the GPU that is given, or else with rows that say why there is none. Whatever
 * fails becomes a row that says so. @throws Stopped
 */
export async function measure(
  request: Request,
  gpu: Gpu | { readonly refused: string },
  listener: Listener,
  signal: AbortSignal,
): Promise<void> {
  const cpu = await createDispatcher({ processor: 'cpu' })
  const webgpu = 'refused' in gpu ? gpu : await openWebgpu(gpu)
  try {
    for (const elements of request.sizes) {
      const step = (text: string): void => listener.step(`${formatElements(elements)} elements: ${text}`)
      await measureSize({ ...request, elements, cpu, webgpu, signal, listener: { ...listener, step } })
    }
  } finally {
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

interface SizeRequest extends Request {
  readonly elements: number
  readonly cpu: Dispatcher
  readonly webgpu: Webgpu | { readonly refused: string }
  readonly signal: AbortSignal
  readonly listener: Listener
}

async function measureSize(request: SizeRequest): Promise<void> {
  const { computations, elements, cpu, webgpu, signal, listener } = request
  const subjects = (processor: Processor, residency: Subject['residency']): [Computation, Subject][] =>
    computations.map(computation => {
      const { activation, direction, bytesPerElement } = computation
      return [
        computation,
        subject({ activation: activation.name, direction, elements, processor, residency, bytesPerElement }),
      ]
    })
  const copySubject = subject({
    library: 'copy',
    activation: 'copy',
    direction: 'forward',
    elements,
    processor: 'webgpu',
    residency: 'resident',
    bytesPerElement: 8,
  })
  const resident: [Computation | undefined, Subject][] = [[undefined, copySubject], ...subjects('webgpu', 'resident')]

  const fail = (processor: Processor, why: string): void => {
    if (!request.processors.includes(processor)) return
    const all = processor === 'cpu' ? subjects('cpu', 'roundtrip') : [...resident, ...subjects('webgpu', 'roundtrip')]
    for (const [, about] of all) listener.row(failedRow(about, why))
  }

  if ('refused' in webgpu) fail('webgpu', webgpu.refused)
  if ('refused' in webgpu && !request.processors.includes('cpu')) return
  let data: Data
  try {
    listener.step('making the input')
    const x = await request.input.values(elements, signal)
    const dy = await normalValues(request.seed + 1, elements, signal)
    const hasPair = computations.some(({ activation }) => 'activation' in activation)
    data = { x, dy, ...(hasPair && { up: await normalValues(request.seed + 2, elements, signal) }) }
  } catch (error) {
    if (error instanceof Stopped) throw error
    if (!('refused' in webgpu)) fail('webgpu', messageOf(error))
    fail('cpu', messageOf(error))
    return
  }

  const stepOf = ({ activation, direction }: Subject, where: string) => {
    return (text: string) => listener.step(`${activation} ${direction}, ${where}, ${text}`)
  }

  if (request.processors.includes('webgpu') && !('refused' in webgpu)) {
    const { gpu, dispatcher } = webgpu
    const kernelsOf = resident.map(([computation, about]): ResidentKernel =>
      computation === undefined
        ? { subject: about, expected: () => Promise.resolve([data.x]) }
        : { subject: about, computation, expected: () => computation.call(cpu, data) },
    )
    for (const row of await residentRows(request, gpu, kernelsOf, data)) listener.row(row)

    for (const [computation, about] of subjects('webgpu', 'roundtrip')) {
      const step = stepOf(about, 'WebGPU round trip')
      step('checking')
      const expected = (await computation.call(cpu, data)).map(elementsOf)
      const check = (results: readonly Float32Array[]) => checkResults(computation, data, results, expected, signal)
      const row = await measureRoundtrip(dispatcher, computation, about, data, check, request.runs, step, signal)
      // What the dispatcher ran into is but a consequence.
      const lost = gpu.lost()
      listener.row(lost !== undefined && hasFailed(row) ? failedRow(about, lost) : row)
    }
  }

  if (request.processors.includes('cpu')) {
    for (const [computation, about] of subjects('cpu', 'roundtrip')) {
      const step = stepOf(about, 'CPU')
      step('checking')
      const expected = computation.results.map(result => result.reference(data))
      const check = (results: readonly Float32Array[]) => checkResults(computation, data, results, expected, signal)
      listener.row(await measureRoundtrip(cpu, computation, about, data, check, request.runs, step, signal))
    }
  }
}

async function residentRows(
  { elements, runs, listener, signal }: SizeRequest,
  gpu: Gpu,
  kernels: readonly ResidentKernel[],
  data: Data,
): Promise<Row[]> {
  const { maxBufferSize } = gpu.device.limits
  const bytes = bufferBytes(elements)
  if (bytes > maxBufferSize) {
    const why = `a buffer of ${formatMebibytes(bytes)} exceeds maxBufferSize, ${formatMebibytes(maxBufferSize)}`
    return kernels.map(({ subject: about }) => skippedRow(about, why))
  }
  const failAll = (error: string): Row[] => kernels.map(({ subject: about }) => failedRow(about, error))
  const lost = gpu.lost()
  if (lost !== undefined) return failAll(lost)
  try {
    return await measureResident(gpu, kernels, data, runs, text => listener.step(text), signal)
  } catch (error) {
    if (error instanceof Stopped) throw error
    return failAll(gpu.lost() ?? messageOf(error))
  }
}
