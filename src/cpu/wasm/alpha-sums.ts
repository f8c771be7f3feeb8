import type { Channels } from '../../activations/support/activation.ts'
import { LANES } from '../../operations/layout.ts'
import { bytesOf } from '../../support/bits.ts'
import { BYTES_PER_ELEMENT, type FloatArray, type FloatFormat } from '../../support/formats.ts'
import { CHUNK, HALVES, REGION_BYTES } from './chunks.js'
import { instanceFor } from './memory.ts'
import type { WasmInstance } from './wasm-call.ts'

// The sums of the kernels, after the regions of x and dy: one for each element of the longest block of columns takes two
// regions.
const SUMS = 2 * REGION_BYTES
const SUMS_OF_RUN = 16
// Few elements make the call of a kernel cost more than its sums.
const SHORTEST_BLOCK = 1024
const SHORTEST_RUN = 32

/** Adds x * dy of elements of a chunk that are not positive. `from` is the index of the first one in the tensor. */
type Add = (from: number, count: number, x: number, dy: number) => void

/**
 * Sums x * dy over the elements of each channel that are not positive, in float64, by the kernels of
 * src/cpu/compiler/alpha-sums.ts. The order of the additions depends on the lengths alone. Undefined where the kernels are
 * missing, or where short runs of many channels make them slower than JavaScript.
 */
export function sumAlphaInWasm(
  module: WebAssembly.Module,
  { slopes: { length: channels }, inner }: Channels,
  format: FloatFormat,
  x: FloatArray,
  dy: FloatArray,
): Float64Array<ArrayBuffer> | undefined {
  const tensors = [x, dy].map(array => ({ bytes: bytesOf(array) }))
  const instance = instanceFor(module, { tensors })
  if (!('prelu alpha run' in instance.kernels)) return undefined
  const sums = new Float64Array(channels)
  const period = channels * inner
  const block = blockOf(period)
  if (channels > 1 && block <= CHUNK) {
    const columns = inColumns(instance, block)
    eachChunk(instance, format, [x, dy], CHUNK - (CHUNK % block), columns.add)
    for (const [i, sum] of columns.sums.entries()) sums[Math.floor(i / inner) % channels]! += sum
  } else if (channels === 1 || inner >= SHORTEST_RUN) {
    eachChunk(instance, format, [x, dy], CHUNK, inRuns(instance, channels === 1 ? x.length : inner, sums))
  } else return undefined
  return sums
}

/** Returns the number of elements in whole periods and whole vectors. */
function blockOf(period: number): number {
  const whole = period % LANES === 0 ? period : period % 2 === 0 ? 2 * period : LANES * period
  return whole * Math.ceil(SHORTEST_BLOCK / whole)
}

/** Copies chunks into the memory of the instance where need be, and widens 16 bits. */
function eachChunk(
  { memory, kernels }: WasmInstance,
  format: FloatFormat,
  tensors: readonly [FloatArray, FloatArray],
  step: number,
  add: Add,
): void {
  const width = BYTES_PER_ELEMENT[format]
  const [{ length }] = tensors
  for (let start = 0; start < length; start += step) {
    const count = Math.min(step, length - start)
    const [x, dy] = tensors.map((array, region) => {
      const bytes = bytesOf(array)
      if (bytes.buffer === memory.buffer && format === 'f32') return bytes.byteOffset + start * width
      const address = region * REGION_BYTES
      const packed = format === 'f32' ? address : HALVES
      memory.set(bytes.subarray(start * width, (start + count) * width), packed)
      if (format !== 'f32') kernels[`unpack ${format}`]!(Math.ceil(count / LANES), packed, address)
      return address
    })
    add(start, count, x!, dy!)
  }
}

/** Adds blocks to a sum for each element of a block. The period of the slopes divides a block. */
function inColumns({ memory, kernels }: WasmInstance, block: number): { add: Add; sums: Float64Array } {
  const sums = new Float64Array(memory.buffer, SUMS, block).fill(0)
  const termAt = termsOf(memory)
  const add: Add = (_, count, x, dy) => {
    for (let from = 0; from < count; from += block) {
      const elements = Math.min(block, count - from)
      const vectors = Math.floor(elements / LANES)
      kernels['prelu alpha columns']!(vectors, x + 4 * from, dy + 4 * from, SUMS, 0, 0, 0, 0)
      for (let i = vectors * LANES; i < elements; i++) sums[i]! += termAt(x + 4 * (from + i), dy + 4 * (from + i))
    }
  }
  return { add, sums }
}

/** Adds runs of one channel each to a few sums, and these to the channel's when the run ends. */
function inRuns({ memory, kernels }: WasmInstance, run: number, totals: Float64Array): Add {
  const sums = new Float64Array(memory.buffer, SUMS, SUMS_OF_RUN).fill(0)
  const termAt = termsOf(memory)
  return (start, count, x, dy) => {
    for (let from = 0, elements = 0; from < count; from += elements) {
      const place = (start + from) % run
      elements = Math.min(run - place, count - from)
      const vectors = Math.floor(elements / LANES)
      kernels['prelu alpha run']!(vectors, x + 4 * from, dy + 4 * from, SUMS, 0, 0, 0, 0)
      let sum = 0
      for (let i = from + vectors * LANES; i < from + elements; i++) sum += termAt(x + 4 * i, dy + 4 * i)
      sums[0]! += sum
      if (place + elements < run) continue
      let total = 0
      for (let i = 0; i < SUMS_OF_RUN; i++) total += sums[i]!
      totals[Math.floor((start + from) / run) % totals.length]! += total
      sums.fill(0)
    }
  }
}

/** Returns the term of an element behind the last whole vector, by addresses. */
function termsOf({ buffer }: Uint8Array): (x: number, dy: number) => number {
  const floats = new DataView(buffer)
  return (x, dy) => {
    const value = floats.getFloat32(x, true)
    return value > 0 ? 0 : value * floats.getFloat32(dy, true)
  }
}
