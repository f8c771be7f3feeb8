import type { Activation, Channels } from '../activations/support/activation.ts'
import { allIndices } from '../checking/cross-check.ts'
import { selfTestShapes, summedInputs } from '../checking/self-test.ts'
import { compareSums, describeSums, sampleSums } from '../checking/sum-check.ts'
import { sumAlphaOnGpu } from '../gpu/reductions/backward-alpha.ts'
import type { TileSums } from '../operations/tiles.ts'
import { sumAlphaOnCpu } from '../reference/alpha-sums.ts'
import type { Deadline } from '../support/deadlines.ts'
import { type Answer, type Call, type Sample, totalBytes } from './calls.ts'
import type { AlphaOperands } from './inputs.ts'

/** A call of `backwardAlpha`: the gradient of the slopes of prelu. */
export class AlphaCall implements Call<Float32Array<ArrayBuffer>> {
  readonly name = 'backwardAlpha'
  readonly kernel = 'prelu backwardAlpha'
  readonly activation: Activation
  readonly arrays: AlphaOperands['inputs']
  readonly length: number
  readonly bytes: number
  readonly #operands: AlphaOperands

  constructor(operands: AlphaOperands) {
    this.activation = operands.activation
    this.arrays = operands.inputs
    this.length = operands.inputs.x.length
    this.bytes = operands.inputs.x.byteLength
    this.#operands = operands
  }

  computeOnCpu(): Float32Array<ArrayBuffer> {
    return Float32Array.from(sumAlphaOnCpu(this.#operands.channels, this.arrays.x, this.arrays.dy))
  }

  async computeOnGpu(
    device: GPUDevice,
    deadline: Deadline,
    chunk?: number,
  ): Promise<Answer<Float32Array<ArrayBuffer>>> {
    const { x, dy } = this.arrays
    const tiles = await sumAlphaOnGpu(device, this.#operands.channels, x, dy, deadline, chunk)
    const result = totalsOf(this.#operands.channels, tiles) ?? this.computeOnCpu()
    return {
      result,
      check: ({ crossCheck, seed }) => {
        const indicesOf = (tile: TileSums): Iterable<number> =>
          crossCheck === 'full' ? allIndices(tile.sums.length) : sampleSums(tile, seed)
        const comparison = compareSums(this.#operands.channels, this.arrays, tiles, result, indicesOf)
        return [{ comparison, report: () => describeSums(this.activation, comparison) }]
      },
    }
  }

  selfTests(): readonly AlphaCall[] {
    return selfTestShapes(this.#operands.channels).map(
      shape => new AlphaCall({ ...this.#operands, channels: shape, inputs: summedInputs(shape) }),
    )
  }

  sample(elements: number): Sample {
    const x = this.arrays.x.subarray(0, elements)
    const dy = this.arrays.dy.subarray(0, elements)
    const compute = (): unknown => sumAlphaOnCpu(this.#operands.channels, x, dy)
    return {
      compute,
      bytes: () => totalBytes([x, dy]),
      // A full check adds up as much as the CPU call does, and the cost of a sampled one is negligible.
      check: ({ crossCheck }) => crossCheck === 'full' && compute(),
    }
  }
}

/** Adds up partial sums in float64. Undefined where a sum is not finite, because it may have overflowed in float32 only. */
function totalsOf({ slopes }: Channels, tiles: readonly TileSums[]): Float32Array<ArrayBuffer> | undefined {
  const totals = new Float64Array(slopes.length)
  for (const { tile, sums } of tiles) {
    for (const [i, sum] of sums.entries()) totals[tile.firstChannel + (i % tile.channels)]! += sum
  }
  return totals.every(Number.isFinite) ? Float32Array.from(totals) : undefined
}
