import type { Activation } from '../activations/support/activation.ts'
import { type Comparison, MismatchCount } from '../checking/comparison.ts'
import { summedInputs } from '../checking/self-test.ts'
import type { Answer, Call, Sample } from '../dispatcher/calls.ts'
import type { CallName } from '../dispatcher/events.ts'
import type { CheckedOptions } from '../dispatcher/options.ts'
import type { Recorder } from '../gpu/record/recorder.ts'
import { elementsAtATime, runTransfers, type Transfer } from '../gpu/transfer/round-trip.ts'
import { workspaceOf } from '../gpu/transfer/workspace.ts'
import { BYTES_PER_WORD } from '../operations/layout.ts'
import type { Deadline } from '../support/deadlines.ts'
import { BYTES_PER_ELEMENT, type Elements, type FloatFormat, fromFloat32, toFloat32 } from '../support/formats.ts'

/** A reduction of an array, in parts that are joined. */
export interface ArrayReduction<Part> {
  readonly name: Exclude<CallName, 'forward' | 'backward' | 'backwardAlpha'>
  readonly activation: Activation
  /** The number of columns: a chunk has whole rows, where they fit. */
  readonly units: number
  /** The words of a result on the device. */
  readonly words: number
  /** Reduces elements in float64. @param start the index of the first in the whole array */
  readonly compute: (x: Float32Array, start: number) => Part
  /** Records the reduction. @param start the index of the first element in the whole array */
  readonly record: (
    recorder: Recorder,
    pass: GPUComputePassEncoder,
    x: GPUBufferBinding,
    result: GPUBufferBinding,
    format: FloatFormat,
    start: number,
  ) => void
  readonly decode: (words: Uint32Array) => Part
  readonly join: (a: Part, b: Part) => Part
  /** Compares a result of the GPU with the reference. */
  readonly compare: (actual: Part, x: Float32Array, start: number, count: MismatchCount) => void
}

// The elements that a sampled cross-check reduces again, which go in a transfer of their own.
const SAMPLED = 2 ** 14
const SELF_TEST_LENGTH = 12_030
// The channels of inputs that have special numbers.
const MOST_SPECIAL = 60

/** A call of a reduction over one array, for a dispatcher. */
export class ReductionCall<Part> implements Call<Part> {
  readonly name: CallName
  readonly kernel: string
  readonly activation: Activation
  readonly arrays: { readonly x: Elements }
  readonly length: number
  readonly bytes: number
  readonly #reduction: ArrayReduction<Part>
  readonly #format: FloatFormat

  constructor(reduction: ArrayReduction<Part>, x: Elements, format: FloatFormat) {
    const { name, activation } = reduction
    this.name = name
    this.activation = activation
    this.kernel = [activation.programName, name, ...(format === 'f32' ? [] : [format])].join(' ')
    this.arrays = { x }
    this.length = x.length
    this.bytes = x.byteLength
    this.#reduction = reduction
    this.#format = format
  }

  computeOnCpu(): Part {
    return this.#computePart(0, this.length)
  }

  async computeOnGpu(device: GPUDevice, deadline: Deadline, chunk?: number): Promise<Answer<Part>> {
    const { units, words, record, decode, join, name, activation } = this.#reduction
    const { x } = this.arrays
    const format = this.#format
    const { recorder } = workspaceOf(device)
    const wholeRows = (elements: number): number => (units <= elements ? elements - (elements % units) : elements)
    const most = elementsAtATime(device, format, chunk)
    const parts: { readonly start: number; readonly end: number; readonly words: Uint32Array<ArrayBuffer> }[] = []
    for (let start = 0; start < x.length; start = parts.at(-1)!.end) {
      const end = Math.min(x.length, start + wholeRows(start === 0 ? Math.min(SAMPLED, most) : most))
      parts.push({ start, end, words: new Uint32Array(words) })
    }

    function* transfers(): Generator<Transfer> {
      for (const { start, end, words: into } of parts) {
        const size = (end - start) * BYTES_PER_ELEMENT[format]
        yield {
          what: `${activation} ${name} over ${end - start} elements`,
          uploads: { x: x.subarray(start, end) },
          others: { result: into.byteLength },
          record: (pass, bound) => record(recorder, pass, { ...bound['x']!, size }, bound['result']!, format, start),
          results: [['result', into]],
        }
      }
    }

    await runTransfers(device, transfers(), deadline)
    const decoded = parts.map(part => ({ ...part, part: decode(part.words) }))
    return {
      result: decoded.map(({ part }) => part).reduce(join),
      check: ({ crossCheck }) => {
        const count = new MismatchCount()
        for (const { start, end, part } of crossCheck === 'full' ? decoded : decoded.slice(0, 1)) {
          this.#reduction.compare(part, this.#elements(start, end), start, count)
        }
        return [{ comparison: count, report: () => this.#describe(count) }]
      },
    }
  }

  /** Returns a call of ordinary numbers, and one with NaN and Infinity in front. */
  selfTests(): readonly ReductionCall<Part>[] {
    return [1, MOST_SPECIAL].map(count => {
      const channels = { slopes: new Float32Array(count), length: SELF_TEST_LENGTH }
      const { x } = summedInputs(channels)
      if (this.#format === 'f32') return new ReductionCall(this.#reduction, x, 'f32')
      const words = new Uint16Array(x.length)
      fromFloat32(this.#format, x, words)
      return new ReductionCall(this.#reduction, words, this.#format)
    })
  }

  sample(elements: number): Sample {
    const resultBytes = this.#reduction.words * BYTES_PER_WORD
    return {
      compute: () => this.#computePart(0, elements),
      bytes: () => elements * BYTES_PER_ELEMENT[this.#format] + resultBytes,
      check: ({ crossCheck }: CheckedOptions) =>
        this.#computePart(0, crossCheck === 'full' ? elements : Math.min(elements, SAMPLED)),
    }
  }

  #computePart(start: number, end: number): Part {
    return this.#reduction.compute(this.#elements(start, end), start)
  }

  #elements(start: number, end: number): Float32Array {
    const part = this.arrays.x.subarray(start, end)
    return this.#format === 'f32' ? (part as Float32Array) : toFloat32(this.#format, part as Uint16Array)
  }

  #describe({ elements, mismatches, first }: Comparison): string {
    const lines = first.map(
      ({ result, index, expected, actual }) => `✗ ${result} of unit ${index}: expected ${expected}, got ${actual}`,
    )
    const compared = `${mismatches} of ${elements} results compared differ from the CPU reference.`
    return [`${this.activation} ${this.name}: ${compared}`, ...lines].join('\n')
  }
}
