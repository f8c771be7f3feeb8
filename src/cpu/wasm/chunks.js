// @ts-check
// Runs kernels over whole tensors, on the main thread and in a worker, which gets this file as text: hence no imports.

/** @import { WasmInstance, Kernel, WasmCall, WorkerScope } from './wasm-call.ts' */

// Few enough for the L2 cache, and enough to outweigh a call into the kernel. 16 KiB took 1.2 times as long, from 64 to
// 512 KiB made no difference (Node 20, Chromium 156).
const CHUNK_BYTES = 2 ** 16
/** The elements of a chunk. */
export const CHUNK = CHUNK_BYTES / 4
// Three cache lines more than a power of two: at a distance of a multiple of 4 KiB a load waits for a store that it
// seems to overlap, which cost relu's gradient a tenth of its time.
export const REGION_BYTES = CHUNK_BYTES + 192
// After the regions of three tensors, the most that a call needs (GLU backward): slopes, and elements of 16 bits.
const SLOPES = 3 * REGION_BYTES
export const HALVES = 4 * REGION_BYTES
/** The bytes of scratch at the beginning of an instance's memory. */
export const SCRATCH_BYTES = 5 * REGION_BYTES

/**
 * Instantiates the kernels with a memory that never grows, because growth would detach all arrays in it.
 *
 * @param {WebAssembly.Module} module
 * @param {number} pages of 64 KiB
 * @returns {WasmInstance}
 * @throws {RangeError} when memory runs out
 */
export function makeInstance(module, pages) {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  return { memory: new Uint8Array(memory.buffer), kernels: /** @type {Record<string, Kernel>} */ (exports) }
}

/**
 * Computes a call from `done` on. Tensors in the memory of the instance are computed in place; others are copied in and
 * out chunk by chunk.
 *
 * @param {WasmInstance} instance
 * @param {WasmCall} call
 */
export function computeInChunks({ memory, kernels }, call) {
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
    const address = region * REGION_BYTES
    return { bytes, isOutput, isHere, isPacked, bytesOf, address, region: address, run }
  })
  // A kernel computes whole vectors of 4 elements, and whole words of a mask.
  const granularity = call.tensors.some(({ isMask }) => isMask) ? 32 : 4
  const period = slopes === undefined ? 1 : slopes.values.length * slopes.inner
  const isOneCall = slopes === undefined && tensors.every(({ isHere, isPacked }) => isHere && !isPacked)
  // Where possible, all chunks begin with the same slope.
  const step = isOneCall ? length : period * granularity > CHUNK ? CHUNK : CHUNK - (CHUNK % (period * granularity))
  let filled = { phase: 0, count: 0 }

  for (let start = call.done, count = 0; start < length; start += count) {
    count = Math.min(step, length - start)
    // A partial vector or word is a chunk of its own, because nothing may be read or written beyond the end of a tensor.
    if (count > granularity) count -= count % granularity
    const vectors = (Math.ceil(count / granularity) * granularity) / 4
    const isWhole = count % granularity === 0
    for (const tensor of tensors) {
      const { bytes, isOutput, isHere, isPacked, bytesOf, region, run } = tensor
      const from = bytesOf(start)
      tensor.address = isWhole && isHere ? bytes.byteOffset + from : isPacked ? HALVES : region
      if (isOutput) continue
      if (run !== undefined) copyRuns(memory, tensor.address, bytes, run, start, count, isHalf ? 2 : 4, false)
      else if (!isWhole || !isHere) memory.set(bytes.subarray(from, bytesOf(start + count)), tensor.address)
      if (isPacked) unpack(vectors, tensor.address, region)
    }
    const addresses = tensors.map(({ isPacked, region, address }) => (isPacked ? region : address))
    if (slopes !== undefined) {
      addresses.push(SLOPES)
      const phase = start % period
      if (phase !== filled.phase || count > filled.count) {
        fillSlopes(new Float32Array(memory.buffer, SLOPES, count), slopes, start)
        filled = { phase, count }
      }
    }
    kernel(vectors, ...addresses, ...parameters)
    for (const { bytes, isOutput, isHere, isPacked, bytesOf, region, address, run } of tensors) {
      if (!isOutput) continue
      if (isPacked) pack(vectors, region, address)
      if (run !== undefined) copyRuns(memory, address, bytes, run, start, count, isHalf ? 2 : 4, true)
      if (run !== undefined || (isWhole && isHere)) continue
      const [from, to] = [bytesOf(start), bytesOf(start + count)]
      bytes.set(memory.subarray(address, address + to - from), from)
    }
    call.done = start + count
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
 * Serves a worker: receives the kernels, then calls. Replies to each call with its tensors, and a failure if any.
 *
 * @public called by the worker's script, which is this file and that call
 * @param {WorkerScope} scope
 */
export function serveCalls(scope) {
  /** @type {WasmInstance | undefined} */
  let instance
  scope.addEventListener('message', ({ data }) => {
    if ('module' in data) {
      instance = makeInstance(data.module, data.pages)
      scope.postMessage('ready', [])
      return
    }
    let failure
    try {
      computeInChunks(instance ?? fail('There are no kernels yet.'), data)
    } catch (error) {
      failure = String(error)
    }
    scope.postMessage({ call: data, failure }, buffersOf(data))
  })
  scope.addEventListener('messageerror', () => fail('A message to the worker cannot be read.'))
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
function fail(message) {
  throw new Error(message)
}
