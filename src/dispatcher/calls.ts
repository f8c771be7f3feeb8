import type { Activation, Channels, Direction } from '../activations/activation.ts'
import { type GatedActivation, isGated } from '../activations/gated.ts'
import { sumAlphaOnCpu } from '../cpu/backward-alpha.ts'
import { computeInFormat, type Tensors } from '../cpu/compute.ts'
import { backwardFromMaskOnCpu, backwardFromYOnCpu, maskOnCpu } from '../cpu/gate.ts'
import {
  allIndices,
  compareWithReference,
  type Comparison,
  describe,
  sampleIndices,
  type Wanted,
} from '../cross-check.ts'
import type { Elements, Format } from '../formats.ts'
import { sumAlphaOnGpu, type TileSums } from '../gpu/backward-alpha.ts'
import { computeOnGpu } from '../gpu/transfer.ts'
import { compareSums, describeSums, sampleSums } from '../sum-check.ts'
import type { CallName } from './events.ts'
import type { AlphaOperands, Operands } from './inputs.ts'
import type { CheckedOptions } from './options.ts'

/** One call of a dispatcher: what is computed, how on either processor, and how the GPU's answer is checked. */
export interface Call<Result> {
  readonly activation: Activation | GatedActivation
  readonly name: CallName
  /** What is quarantined when it is wrong: `'relu forward'`, `'relu forward f16'`. */
  readonly kernel: string
  readonly inputs: Operands['inputs']
  /** How many elements each input has. */
  readonly length: number
  readonly onCpu: () => Result
  /** The answer, and how to check it. */
  readonly onGpu: (device: GPUDevice) => Promise<Answer<Result>>
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
export function elementwiseCall(
  direction: Direction,
  { activation, inputs, length, features, format }: Operands,
): Call<readonly (Elements | Uint32Array)[]> {
  const { mask = false, from = 'x' } = features
  const wanted: Wanted[] = isGated(activation) && direction === 'backward' ? ['dGate', 'dUp'] : [direction]
  if (mask) wanted.push('mask')
  const variant = mask ? ['mask'] : from === 'x' ? [] : ['from', from]
  return {
    activation,
    name: direction,
    kernel: [activation.program, direction, ...variant, ...(format === 'f32' ? [] : [format])].join(' '),
    inputs,
    length,
    onCpu: () => wanted.map(one => computeOne(activation, one, inputs, format)),
    async onGpu(device) {
      const results = await computeOnGpu(device, activation, direction, inputs, format, features)
      const check = ({ crossCheck, seed }: CheckedOptions): Finding[] =>
        wanted.map((one, i) => {
          const result = results[i]!
          // A mask is looked at where y is.
          const elements = (one === 'mask' ? results[0] : result) as Elements
          const indices = crossCheck === 'full' ? allIndices(length) : sampleIndices(inputs, elements, seed, format)
          const comparison = compareWithReference(activation, one, inputs, result, indices, format)
          return { comparison, report: () => describe(activation, one, inputs, result, comparison, format) }
        })
      return { result: results, check }
    },
  }
}

/** One result on the CPU. @throws ActivationsError when memory runs out */
function computeOne(
  activation: Activation | GatedActivation,
  wanted: Wanted,
  inputs: Tensors,
  format: Format,
): Elements | Uint32Array {
  const { x, y, mask, dy } = inputs as Readonly<Record<string, Elements>>
  // Only activations without a partner have a mask, or a gradient from y.
  const single = activation as Activation
  if (wanted === 'mask') return maskOnCpu(single, x!, format)
  if (mask !== undefined) return backwardFromMaskOnCpu(single, inputs['mask'] as Uint32Array, dy!, format)
  if (y !== undefined) return backwardFromYOnCpu(single, y, dy!, format)
  return computeInFormat(activation, wanted, inputs, format)
}

/** The gradient of the slopes of prelu. */
export function backwardAlphaCall({ activation, channels, inputs }: AlphaOperands): Call<Float32Array<ArrayBuffer>> {
  const { x, dy } = inputs
  const onCpu = (): Float32Array<ArrayBuffer> => Float32Array.from(sumAlphaOnCpu(channels, x, dy))
  return {
    activation,
    name: 'backwardAlpha',
    kernel: 'prelu backwardAlpha',
    inputs,
    length: x.length,
    onCpu,
    async onGpu(device) {
      const tiles = await sumAlphaOnGpu(device, channels, x, dy)
      const result = total(channels, tiles) ?? onCpu()
      const check = ({ crossCheck, seed }: CheckedOptions): Finding[] => {
        const indicesOf = (tile: TileSums): Iterable<number> =>
          crossCheck === 'full' ? allIndices(tile.sums.length) : sampleSums(tile, seed)
        const comparison = compareSums(channels, inputs, tiles, result, indicesOf)
        return [{ comparison, report: () => describeSums(activation, comparison) }]
      }
      return { result, check }
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
