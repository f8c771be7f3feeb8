import { FOREVER, type Deadline } from '../support/deadlines.ts'
import type { Activation, Channels } from '../activations/support/activation.ts'
import type { GluActivation } from '../activations/support/glu-activation.ts'
import { sumAlphaOnCpu } from '../reference/backward-alpha.ts'
import type { Cpu } from '../cpu/cpu.ts'
import { type Task, resultNamesOf } from '../operations/task.ts'
import { maskLength, type Tensors } from '../operations/layout.ts'
import { allIndices, compareWithReference, type Comparison, describe, sampleIndices } from '../checking/cross-check.ts'
import { BYTES_PER_ELEMENT, type Elements } from '../support/formats.ts'
import { sumAlphaOnGpu } from '../gpu/reductions/backward-alpha.ts'
import { type TileSums } from '../operations/tiles.ts'
import { computeOnGpu } from '../gpu/transfer/transfer.ts'
import { compareSums, describeSums, sampleSums } from '../checking/sum-check.ts'
import type { CallName } from './events.ts'
import type { AlphaOperands } from './inputs.ts'
import type { CheckedOptions } from './options.ts'
import { selfTestShapes, selfTestTasks, summedInputs } from '../checking/self-test.ts'

/** What an elementwise call gives: y, or dx, or the gradients of a pair, and behind y the mask where it is wanted. */
type Results = readonly (Elements | Uint32Array)[]

/** One call of a dispatcher: what is computed, how on either processor, and how the GPU's answer is checked. */
export interface Call<Result> {
  readonly activation: Activation | GluActivation
  readonly name: CallName
  /** What is quarantined when it is wrong: `'relu forward'`, `'relu forward f16'`. */
  readonly kernel: string
  /** The caller's arrays, which it is to leave alone: inputs, and where results go. */
  readonly arrays: Tensors
  /** How many elements each of them has. */
  readonly length: number
  /** How many bytes each of them has, but for masks. */
  readonly bytes: number
  readonly onCpu: (deadline: Deadline) => Result | Promise<Result>
  /** The answer, and how to check it. @param chunk how many bytes of a tensor go at a time, at most */
  readonly onGpu: (device: GPUDevice, deadline: Deadline, chunk?: number) => Promise<Answer<Result>>
  /** The same kernel over values that tell whether it is broken. */
  readonly selfTests: () => readonly Call<unknown>[]
  /** The same over its first elements and into new arrays, to be timed. */
  readonly sample: (elements: number) => Sample
}

/** A part of a call. */
interface Sample {
  /** Computes it on the CPU. */
  readonly compute: () => unknown
  /** How many bytes would go to the GPU and come back: it has been computed before. */
  readonly bytes: () => number
  /** Compares what was computed with the reference, as what the GPU gives is compared. */
  readonly check: (options: CheckedOptions) => unknown
}

/** What the GPU gave. */
export interface Answer<Result> {
  readonly result: Result
  /** Compares each result with the reference. */
  readonly check: (options: CheckedOptions) => Finding[]
}

/** What a comparison found; and where something differs, a report for a person to read. */
interface Finding {
  readonly comparison: Comparison
  readonly report: () => string
}

/** y or dx of an activation, and the mask where it is wanted; y, or dGate and dUp, of a pair. */
export function elementwiseCall(task: Task, cpu: Cpu): Call<Results> {
  const { activation, direction, inputs, length, variant, format } = task
  const { mask = false, from = 'x' } = variant
  const suffix = mask ? ['mask'] : from === 'x' ? [] : ['from', from]
  return {
    activation,
    name: direction,
    kernel: [activation.program, direction, ...suffix, ...(format === 'f32' ? [] : [format])].join(' '),
    arrays: { ...inputs, ...task.out },
    length,
    bytes: length * BYTES_PER_ELEMENT[format],
    onCpu: deadline => cpu.compute(task, deadline),
    async onGpu(device, deadline, chunk) {
      const out = separateOut(task)
      const result = await computeOnGpu(device, activation, direction, inputs, format, variant, out, deadline, chunk)
      return { result, check: options => findings(task, result, options) }
    },
    selfTests: () => selfTestTasks(task).map(test => elementwiseCall(test, cpu)),
    sample(elements) {
      const part = firstOf(task, elements)
      let results: Results = []
      return {
        compute: async () => (results = await cpu.compute(part, FOREVER)),
        bytes: () => bytesOf([...Object.values(part.inputs), ...results]),
        check: options => findings(part, results, options),
      }
    },
  }
}

function findings(task: Task, results: Results, { crossCheck, seed }: CheckedOptions): Finding[] {
  const { activation, inputs, length, format } = task
  return resultNamesOf(task).map((wanted, i) => {
    const result = results[i]!
    // A mask is looked at where y is.
    const elements = (wanted === 'mask' ? results[0] : result) as Elements
    const indices = crossCheck === 'full' ? allIndices(length) : sampleIndices(inputs, elements, seed, format)
    const comparison = compareWithReference(activation, wanted, inputs, result, indices, format)
    return { comparison, report: () => describe(activation, wanted, inputs, result, comparison, format) }
  })
}

/** The caller's arrays for results, but where one is an input: the cross-check and the CPU may still need that. */
function separateOut({ inputs, out }: Task): Task['out'] {
  const isInput = ({ buffer, byteOffset }: Elements): boolean =>
    Object.values(inputs).some(input => input.buffer === buffer && input.byteOffset === byteOffset)
  // Two objects may be of one shared memory.
  const isShared = ({ buffer }: Elements): boolean => !(buffer instanceof ArrayBuffer)
  return Object.values(out).some(array => isShared(array) || isInput(array)) ? {} : out
}

function firstOf(task: Task, length: number): Task {
  const first = (name: string, array: Elements | Uint32Array): Elements | Uint32Array =>
    array.subarray(0, name === 'mask' ? maskLength(length) : length)
  const inputs = Object.fromEntries(Object.entries(task.inputs).map(([name, array]) => [name, first(name, array)]))
  return { ...task, inputs, length, out: {}, transfer: false }
}

function bytesOf(arrays: readonly ArrayBufferView[]): number {
  return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0)
}

/** The gradient of the slopes of prelu. */
export function backwardAlphaCall(operands: AlphaOperands): Call<Float32Array<ArrayBuffer>> {
  const { activation, channels, inputs } = operands
  const { x, dy } = inputs
  const onCpu = (): Float32Array<ArrayBuffer> => Float32Array.from(sumAlphaOnCpu(channels, x, dy))
  return {
    activation,
    name: 'backwardAlpha',
    kernel: 'prelu backwardAlpha',
    arrays: inputs,
    length: x.length,
    bytes: x.byteLength,
    onCpu,
    async onGpu(device, deadline, chunk) {
      const tiles = await sumAlphaOnGpu(device, channels, x, dy, deadline, chunk)
      const result = total(channels, tiles) ?? onCpu()
      const check = ({ crossCheck, seed }: CheckedOptions): Finding[] => {
        const indicesOf = (tile: TileSums): Iterable<number> =>
          crossCheck === 'full' ? allIndices(tile.sums.length) : sampleSums(tile, seed)
        const comparison = compareSums(channels, inputs, tiles, result, indicesOf)
        return [{ comparison, report: () => describeSums(activation, comparison) }]
      }
      return { result, check }
    },
    selfTests: () =>
      selfTestShapes(channels).map(shape => {
        return backwardAlphaCall({ ...operands, channels: shape, inputs: summedInputs(shape) })
      }),
    sample(elements) {
      const part = { x: x.subarray(0, elements), dy: dy.subarray(0, elements) }
      const compute = (): unknown => sumAlphaOnCpu(channels, part.x, part.dy)
      // A check of all sums adds up all that the CPU does, and a sample of them little.
      return {
        compute,
        bytes: () => bytesOf(Object.values(part)),
        check: ({ crossCheck }) => crossCheck === 'full' && compute(),
      }
    },
  }
}

/** Adds up in float64. Undefined where a sum is not finite: in float32 it may have overflowed on the way. */
function total({ slopes }: Channels, tiles: readonly TileSums[]): Float32Array<ArrayBuffer> | undefined {
  const totals = new Float64Array(slopes.length)
  for (const { tile, sums } of tiles) {
    for (const [i, sum] of sums.entries()) totals[tile.firstChannel + (i % tile.channels)]! += sum
  }
  return totals.every(Number.isFinite) ? Float32Array.from(totals) : undefined
}
