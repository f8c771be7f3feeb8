import { maskLength, type Tensors } from '../operations/layout.ts'
import { cutPairs, elementsOf } from '../operations/packed-task.ts'
import type { Processor, Results, Task } from '../operations/task.ts'
import { type Deadline, FOREVER } from '../support/deadlines.ts'
import { BYTES_PER_ELEMENT, type Elements } from '../support/formats.ts'
import { type Answer, type Call, type Sample, totalBytes } from './calls.ts'
import { gpuPart } from './gpu-part.ts'

/** A call of `forward` or `backward`. Its results are y, or dx, or the gradients of a GLU, and after y the mask if asked for. */
export class ElementwiseCall implements Call<Results> {
  readonly activation: Task['activation']
  readonly name: Task['operation']['direction']
  readonly kernel: string
  readonly arrays: Tensors
  /** The arrays of `out`. Like those of `arrays` they have the length of the call: pairs are cut in two. */
  readonly out: Tensors
  readonly length: number
  readonly bytes: number
  readonly #task: Task
  readonly #cpu: Processor

  constructor(task: Task, cpu: Processor) {
    const { activation, operation, inputs, length, format, out } = task
    const { masked, from, direction, packing } = operation
    const packed = packing === undefined ? [] : [packing.layout, packing.order]
    const variant = masked ? ['mask'] : from === 'x' ? packed : ['from', from]
    this.activation = activation
    this.name = direction
    this.kernel = [activation.programName, direction, ...variant, ...(format === 'f32' ? [] : [format])].join(' ')
    this.out = cutPairs(out, length)
    this.arrays = { ...cutPairs(inputs, length), ...this.out }
    this.length = length
    this.bytes = length * (packing === undefined ? 1 : 2) * BYTES_PER_ELEMENT[format]
    this.#task = task
    this.#cpu = cpu
  }

  computeOnCpu(deadline: Deadline): Results | Promise<Results> {
    return this.#cpu.compute(this.#task, deadline)
  }

  async computeOnGpu(device: GPUDevice, deadline: Deadline, chunk?: number, isApart = false): Promise<Answer<Results>> {
    const out = isApart ? {} : outBesideInputs(this.#task)
    const { findingsOf, Gpu } = gpuPart()
    const result = await new Gpu(device, chunk).compute({ ...this.#task, out }, deadline)
    return { result, check: options => findingsOf(this.#task, result, options) }
  }

  selfTests(): readonly ElementwiseCall[] {
    return gpuPart()
      .selfTestTasks(this.#task)
      .map(task => new ElementwiseCall(task, this.#cpu))
  }

  sample(elements: number): Sample {
    const part = firstOf(this.#task, elements)
    let results: Results = []
    return {
      compute: async () => (results = await this.#cpu.compute(part, FOREVER)),
      bytes: () => totalBytes([...Object.values(part.inputs), ...results]),
      check: options => gpuPart().findingsOf(part, results, options),
    }
  }
}

/** The caller's output arrays, or none if one aliases an input: the inputs must survive until the cross-check and a possible fallback. */
function outBesideInputs({ inputs, out }: Task): Task['out'] {
  const isInput = ({ buffer, byteOffset }: Elements): boolean =>
    Object.values(inputs).some(input => input.buffer === buffer && input.byteOffset === byteOffset)
  // Two SharedArrayBuffer objects may share one memory.
  const isShared = ({ buffer }: Elements): boolean => !(buffer instanceof ArrayBuffer)
  return Object.values(out).some(array => isShared(array) || isInput(array)) ? {} : out
}

function firstOf(task: Task, length: number): Task {
  const { operation } = task
  const { packing } = operation
  const first = (name: string, array: Elements | Uint32Array): Elements | Uint32Array =>
    array.subarray(0, name === 'mask' ? maskLength(length) : elementsOf({ operation, length }, name))
  const inputs = Object.fromEntries(Object.entries(task.inputs).map(([name, array]) => [name, first(name, array)]))
  // Rows of another length take as much time.
  const columns = packing && (length % packing.columns === 0 ? packing.columns : length)
  const ofRows = packing && { ...operation, packing: { ...packing, columns: columns! } }
  return { ...task, operation: ofRows ?? operation, inputs, length, out: {}, transfer: false }
}
