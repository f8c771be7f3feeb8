// @ts-check
// Runs kernels over whole tensors, on the main thread and in a worker, which gets this file as text: hence no imports.

/** @import { WasmInstance, Kernel, WasmCall } from './wasm-call.ts' */

// Few enough for the L2 cache, and enough to outweigh a call into the kernel. 16 KiB took 1.2 times as long, from 64 to
// 512 KiB made no difference (Node 20, Chromium 156).
const CHUNK_BYTES = 2 ** 16
/** The elements of a chunk. */
export const CHUNK = CHUNK_BYTES / 4
// Three cache lines more than a power of two: at a distance of a multiple of 4 KiB a load waits for a store that it
// seems to overlap, which cost relu's gradient a tenth of its time.
export const REGION_BYTES = CHUNK_BYTES + 192
// Far from the beginning of a page of 4 KiB, where large arrays begin, a few bytes after it: a copy to an address that is up to
// 63 bytes beyond that of its source, but for whole pages, took four times as long (Node 20, glibc 2.36, AMD EPYC, 2026-12-01).
const REGIONS = 2048
// After the regions of three tensors, the most that a call needs (GLU backward): slopes, and elements of 16 bits.
const SLOPES = REGIONS + 3 * REGION_BYTES
export const HALVES = REGIONS + 4 * REGION_BYTES
/** The bytes of scratch at the beginning of an instance's memory. */
export const SCRATCH_BYTES = REGIONS + 5 * REGION_BYTES

/**
 * Instantiates the kernels with a memory that never grows, because growth would detach all arrays in it.
 *
 * @param {WebAssembly.Module} module
 * @param {number} pages of 64 KiB
 * @returns {WasmInstance}
 * @throws {RangeError} when memory runs out
 */
export function makeInstance(module, pages) {
  return instanceOver(module, new WebAssembly.Memory({ initial: pages, maximum: pages }))
}

/**
 * Instantiates the kernels with a memory.
 *
 * @param {WebAssembly.Module} module
 * @param {WebAssembly.Memory} memory
 * @returns {WasmInstance}
 */
export function instanceOver(module, memory) {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  return { memory: new Uint8Array(memory.buffer), kernels: /** @type {Record<string, Kernel>} */ (exports) }
}

/**
 * Computes a call from `done` on, chunk after chunk.
 *
 * @param {WasmInstance} instance
 * @param {WasmCall} call
 */
export function computeInChunks(instance, call) {
  const chunks = chunksOf(instance, call)
  while (call.done < call.length) {
    const count = chunks.countFrom(call.done)
    chunks.compute(call.done, count)
    call.done += count
  }
}

/**
 * Cuts a call into chunks. Tensors in the memory of the instance are computed in place; others are copied in and out.
 *
 * @param {WasmInstance} instance
 * @param {Omit<WasmCall, 'id' | 'done' | 'isShared'>} call
 * @param {boolean} [isShared] true where other threads take chunks, so that one chunk is never the whole
 */
export function chunksOf({ memory, kernels }, call, isShared = false) {
  const { length, format, parameters, slopes } = call
  /** @type {(name: string) => Kernel} */
  const find = name => kernels[name] ?? fail(`There is no kernel '${name}'.`)
  const kernel = find(call.kernel)
  const isHalf = format === 'f16' || format === 'bf16'
  const unpack = isHalf ? find(`unpack ${format}`) : kernel
  const pack = isHalf ? find(`pack ${format}`) : kernel
  const tensors = call.tensors.map(({ bytes, isOutput, isMask, region, run }) => {
    // At any alignment: WebAssembly loads and stores vectors at every address.
    const isHere = bytes.buffer === memory.buffer && run === undefined
    const isPacked = isHalf && !isMask
    const bytesOf = (/** @type {number} */ elements) =>
      isMask ? Math.ceil(elements / 32) * 4 : elements * (isHalf ? 2 : 4)
    const scratch = REGIONS + region * REGION_BYTES
    return { bytes, isOutput, isHere, isPacked, bytesOf, address: scratch, region, scratch, run }
  })
  // A kernel computes whole vectors of 4 elements, and whole words of a mask.
  const granularity = call.tensors.some(({ isMask }) => isMask) ? 32 : 4
  const period = slopes === undefined ? 1 : slopes.values.length * slopes.inner
  const isOneCall = !isShared && slopes === undefined && tensors.every(({ isHere, isPacked }) => isHere && !isPacked)
  // Where possible, all chunks begin with the same slope.
  const step = isOneCall ? length : period * granularity > CHUNK ? CHUNK : CHUNK - (CHUNK % (period * granularity))
  let filled = { phase: 0, count: 0 }

  /** @type {(tensor: typeof tensors[number], target: Uint8Array, address: number, start: number, count: number) => void} */
  const copyIn = ({ bytes, bytesOf, run }, target, address, start, count) => {
    if (run !== undefined) copyRuns(target, address, bytes, run, start, count, isHalf ? 2 : 4, false)
    else target.set(bytes.subarray(bytesOf(start), bytesOf(start + count)), address)
  }
  /** @type {(tensor: typeof tensors[number], source: Uint8Array, address: number, start: number, count: number) => void} */
  const copyOut = ({ bytes, bytesOf, run }, source, address, start, count) => {
    if (run !== undefined) copyRuns(source, address, bytes, run, start, count, isHalf ? 2 : 4, true)
    else bytes.set(source.subarray(address, address + bytesOf(start + count) - bytesOf(start)), bytesOf(start))
  }

  return {
    tensors,
    copyIn,
    copyOut,
    /**
     * Returns the number of elements of the chunk from `start` on. A partial vector or word is a chunk of its own, because nothing
     * may be read or written beyond the end of a tensor.
     *
     * @param {number} start
     */
    countFrom(start) {
      const count = Math.min(step, length - start)
      return count > granularity ? count - (count % granularity) : count
    },
    /** @param {number} count */
    isWhole: count => count % granularity === 0,
    /**
     * @param {number} start
     * @param {number} count
     * @param {number} [place] the index of the first element for its slope, where the tensors are a part of others
     */
    compute(start, count, place = start) {
      const vectors = (Math.ceil(count / granularity) * granularity) / 4
      const isWhole = count % granularity === 0
      for (const tensor of tensors) {
        const { bytes, isOutput, isHere, isPacked, bytesOf, scratch } = tensor
        const isInPlace = isWhole && isHere
        tensor.address = isInPlace ? bytes.byteOffset + bytesOf(start) : isPacked ? HALVES : scratch
        if (isOutput) continue
        if (!isInPlace) copyIn(tensor, memory, tensor.address, start, count)
        if (isPacked) unpack(vectors, tensor.address, scratch)
      }
      const addresses = tensors.map(({ isPacked, scratch, address }) => (isPacked ? scratch : address))
      if (slopes !== undefined) {
        addresses.push(SLOPES)
        const phase = place % period
        if (phase !== filled.phase || count > filled.count) {
          fillSlopes(new Float32Array(memory.buffer, SLOPES, count), slopes, place)
          filled = { phase, count }
        }
      }
      kernel(vectors, ...addresses, ...parameters)
      for (const tensor of tensors) {
        const { isOutput, isHere, isPacked, scratch, address } = tensor
        if (!isOutput) continue
        if (isPacked) pack(vectors, scratch, address)
        if (!isWhole || !isHere) copyOut(tensor, memory, address, start, count)
      }
    },
  }
}

// A shorter run is copied element by element.
const LONG_RUN = 32

/**
 * Copies elements of a tensor in runs into memory, or back.
 *
 * @param {Uint8Array} memory
 * @param {number} address of the first element in memory
 * @param {Uint8Array} bytes those of the tensor
 * @param {NonNullable<WasmCall['tensors'][number]['run']>} run
 * @param {number} start the index of the first element
 * @param {number} count
 * @param {2 | 4} width the bytes of an element
 * @param {boolean} isOutput
 */
function copyRuns(memory, address, bytes, { length, offset }, start, count, width, isOutput) {
  let place = start % length
  // The index in the tensor.
  let at = 2 * (start - place) + offset + place
  if (length >= LONG_RUN) {
    for (let i = 0; i < count;) {
      const elements = Math.min(length - place, count - i)
      const [from, to] = [address + i * width, at * width]
      if (isOutput) bytes.set(memory.subarray(from, from + elements * width), to)
      else memory.set(bytes.subarray(to, to + elements * width), from)
      i += elements
      at += elements + length
      place = 0
    }
    return
  }
  const Words = /** @type {Uint32ArrayConstructor} */ (width === 4 ? Uint32Array : Uint16Array)
  const inMemory = new Words(memory.buffer, address, count)
  const inTensor = new Words(bytes.buffer, bytes.byteOffset, bytes.byteLength / width)
  // Interleaved pairs, in loops of their own, which take 0.9 of the time (Node 20).
  if (length === 1) {
    if (isOutput) for (let i = 0; i < count; i++) inTensor[at + 2 * i] = /** @type {number} */ (inMemory[i])
    else for (let i = 0; i < count; i++) inMemory[i] = /** @type {number} */ (inTensor[at + 2 * i])
    return
  }
  for (let i = 0; i < count; i++) {
    if (isOutput) inTensor[at] = /** @type {number} */ (inMemory[i])
    else inMemory[i] = /** @type {number} */ (inTensor[at])
    at++
    if (++place < length) continue
    place = 0
    at += length
  }
}

/**
 * Writes the slopes of consecutive elements.
 *
 * @param {Float32Array} target
 * @param {NonNullable<WasmCall['slopes']>} slopes
 * @param {number} start
 */
function fillSlopes(target, { values, inner }, start) {
  const first = Math.min(values.length * inner, target.length)
  for (let i = 0, end = 0; i < first; i = end) {
    const channel = Math.floor((start + i) / inner) % values.length
    end = inner === 1 ? i + values.length - channel : i + inner - ((start + i) % inner)
    if (inner === 1) target.set(values.subarray(channel, channel + first - i), i)
    else target.fill(values[channel] ?? 0, i, end)
  }
  for (let filled = first; filled < target.length; filled *= 2) target.copyWithin(filled, 0, filled)
}

/**
 * Returns the buffers of a call's tensors, to be transferred.
 *
 * @param {WasmCall} call
 */
export function buffersOf({ tensors }) {
  return [...new Set(tensors.map(({ bytes }) => bytes.buffer))]
}

/**
 * @param {string} message
 * @returns {never}
 */
export function fail(message) {
  throw new Error(message)
}
