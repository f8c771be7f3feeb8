import type { Activation, Channels } from '../activations/support/activation.ts'
import type { Cpu } from '../cpu/interface.ts'
import type { TileSums } from '../operations/tiles.ts'
import { sumAlphaOnCpu } from '../reference/alpha-sums.ts'
import type { Deadline } from '../support/deadlines.ts'
import { asFloat32, type FloatArray, type FloatFormat, fromFloat32 } from '../support/formats.ts'
import { type Answer, type Call, type Sample, totalBytes } from './calls.ts'
import { gpuPart } from './gpu-part.ts'
import type { AlphaOperands } from './inputs.ts'

/** A call of `backwardAlpha`: the gradient of the slopes of prelu. */
export class AlphaCall implements Call<Float32Array<ArrayBuffer>> {
  readonly name = 'backwardAlpha'
  readonly kernel: string
  readonly activation: Activation
  readonly arrays: AlphaOperands['inputs']
  readonly length: number
  readonly bytes: number
  readonly #operands: AlphaOperands
  readonly #cpu: Pick<Cpu, 'sumAlpha'>

  constructor(operands: AlphaOperands, cpu: Pick<Cpu, 'sumAlpha'>) {
    const { activation, format, inputs } = operands
    this.kernel = `prelu backwardAlpha${format === 'f32' ? '' : ` ${format}`}`
    this.activation = activation
    this.arrays = inputs
    this.length = inputs.x.length
    this.bytes = inputs.x.byteLength
    this.#operands = operands
    this.#cpu = cpu
  }

  computeOnCpu(): Float32Array<ArrayBuffer> {
    const { channels, format, inputs } = this.#operands
    return Float32Array.from(this.#cpu.sumAlpha(channels, format, inputs.x, inputs.dy))
  }

  async computeOnGpu(
    device: GPUDevice,
    deadline: Deadline,
    chunk?: number,
  ): Promise<Answer<Float32Array<ArrayBuffer>>> {
    const { channels, format, inputs } = this.#operands
    const { allIndices, compareSums, describeSums, sampleSums, sumAlphaOnGpu } = gpuPart()
    const tiles = await sumAlphaOnGpu(device, channels, inputs.x, inputs.dy, deadline, chunk, format)
    // Where a sum may have overflowed in float32 only, the reference adds up again.
    const result = totalsOf(channels, tiles) ?? Float32Array.from(this.#reference(inputs.x, inputs.dy))
    return {
      result,
      check: ({ crossCheck, seed }) => {
        const indicesOf = (tile: TileSums): Iterable<number> =>
          crossCheck === 'full' ? allIndices(tile.sums.length) : sampleSums(tile, seed)
        const widened = { x: asFloat32(format, inputs.x), dy: asFloat32(format, inputs.dy) }
        const comparison = compareSums(channels, widened, tiles, result, indicesOf)
        return [{ comparison, report: () => describeSums(this.activation, comparison) }]
      },
    }
  }

  selfTests(): readonly AlphaCall[] {
    const { channels, format } = this.#operands
    const { selfTestShapes, summedInputs } = gpuPart()
    return selfTestShapes(channels).map(shape => {
      const { x, dy } = summedInputs(shape)
      const inputs = { x: rounded(format, x), dy: rounded(format, dy) }
      return new AlphaCall({ ...this.#operands, channels: shape, inputs }, this.#cpu)
    })
  }

  sample(elements: number): Sample {
    const { channels, format } = this.#operands
    const x = this.arrays.x.subarray(0, elements)
    const dy = this.arrays.dy.subarray(0, elements)
    return {
      compute: () => this.#cpu.sumAlpha(channels, format, x, dy),
      bytes: () => totalBytes([x, dy]),
      // A full check adds up as much as the reference does, and the cost of a sampled one is negligible.
      check: ({ crossCheck }) => crossCheck === 'full' && this.#reference(x, dy),
    }
  }

  #reference(x: FloatArray, dy: FloatArray): Float64Array {
    const { channels, format } = this.#operands
    return sumAlphaOnCpu(channels, asFloat32(format, x), asFloat32(format, dy))
  }
}

function rounded(format: FloatFormat, elements: Float32Array): FloatArray {
  if (format === 'f32') return elements
  const words = new Uint16Array(elements.length)
  fromFloat32(format, elements, words)
  return words
}

/** Adds up partial sums in float64. Undefined where a sum is not finite, because it may have overflowed in float32 only. */
function totalsOf({ slopes }: Channels, tiles: readonly TileSums[]): Float32Array<ArrayBuffer> | undefined {
  const totals = new Float64Array(slopes.length)
  for (const { tile, sums } of tiles) {
    for (const [i, sum] of sums.entries()) totals[tile.firstChannel + (i % tile.channels)]! += sum
  }
  return totals.every(Number.isFinite) ? Float32Array.from(totals) : undefined
}
