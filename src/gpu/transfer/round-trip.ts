import { FOREVER, isAborted, throwIfAborted, type Deadline, waitFor } from '../../support/deadlines.ts'
import { ActivationsError, GpuError, textOf } from '../../support/errors.ts'
import { bytesOf } from '../../support/bits.ts'
import { BYTES_PER_ELEMENT, type Elements, type Format } from '../../support/formats.ts'
import type { BufferLease } from './buffer-pool.ts'
import { MapMode } from '../device/constants.ts'
import { inErrorScopes } from '../device/error-scopes.ts'
import { poll } from '../device/polling.ts'
import { BYTES_PER_VECTOR, BYTES_PER_WORD } from '../../operations/layout.ts'
import { workspaceOf } from './workspace.ts'

// The bytes of a tensor in one transfer: few enough that an upload, a kernel and a readback overlap, and enough to
// outweigh the fixed cost of a transfer. Of 0.5 to 16 MiB, 2 and 4 took least for 16 Mi elements on SwiftShader and
// lavapipe, and 4 in Chromium (2026-11-21).
export const LARGEST_CHUNK = 4 * 2 ** 20
// Below this size a retry after an out-of-memory error is useless.
const SMALLEST_CHUNK = 64 * 2 ** 10

/** Returns the next smaller chunk to try after an out-of-memory error; undefined at the minimum. */
export function smallerChunk(chunk: number, bytes: number): number | undefined {
  for (let smaller = chunk / 4; smaller >= SMALLEST_CHUNK; smaller /= 4) if (smaller < bytes) return smaller
  return undefined
}

/** Returns the number of elements in a chunk of at most so many bytes, within the limits of a device. */
export function elementsAtATime(
  { limits: { maxBufferSize, maxStorageBufferBindingSize } }: GPUDevice,
  format: Format = 'f32',
  chunk = LARGEST_CHUNK,
): number {
  const vectors = Math.floor(Math.min(chunk, maxBufferSize, maxStorageBufferBindingSize) / BYTES_PER_VECTOR)
  return (vectors * BYTES_PER_VECTOR) / BYTES_PER_ELEMENT[format]
}

/** One transfer: uploads, a computation and readbacks. */
export interface Transfer {
  readonly what: string
  readonly uploads: Readonly<Record<string, Elements | Uint32Array>>
  /** The sizes in bytes of further bindings, by name. Their initial contents are arbitrary. */
  readonly others?: Readonly<Record<string, number>> | undefined
  /**
   * Rounds the size of an upload up to a multiple of so many bytes; 16 when left out. The padding's contents are
   * arbitrary.
   */
  readonly padding?: number | undefined
  readonly record: (pass: GPUComputePassEncoder, bound: Readonly<Record<string, GPUBufferBinding>>) => void
  /** The bindings to read back, by name, and their target arrays. */
  readonly results: readonly (readonly [name: string, into: Elements | Uint32Array])[]
}

/**
 * Runs transfers concurrently, as many as the buffer pool of the device has room for, so that uploads, computation and
 * readbacks overlap. Resolves when all transfers have ended.
 *
 * @throws GpuError when the device refuses or fails a step, runs out of memory or does not answer in time; the reason
 * of a signal; the error of the iteration
 */
export async function runTransfers(
  device: GPUDevice,
  transfers: Iterable<Transfer>,
  deadline = FOREVER,
): Promise<void> {
  const { pool } = workspaceOf(device)
  const underWay: Promise<void>[] = []
  let failure: { readonly error: unknown } | undefined
  try {
    for (const transfer of transfers) {
      const wanted = [
        ...sizesOf(transfer).map(([, size]) => ({ purpose: 'device', size }) as const),
        ...transfer.results.map(([, into]) => ({ purpose: 'staging', size: sizeInWords(into) }) as const),
      ]
      const lease = await pool.reserve(wanted, deadline.signals)
      underWay.push(
        runTransfer(device, lease, transfer, deadline).catch((error: unknown) => void (failure ??= { error })),
      )
      if (failure !== undefined) break
    }
  } catch (error) {
    failure ??= { error }
  }
  await Promise.all(underWay)
  if (failure !== undefined) throw failure.error
}

/**
 * Copies words to the GPU and back, in chunks, without a computation.
 *
 * @param into the target, as long as `words`
 * @throws GpuError as {@link runTransfers}
 */
export async function moveThereAndBack(
  device: GPUDevice,
  words: Uint32Array,
  into: Uint32Array,
  deadline: Deadline,
): Promise<void> {
  const chunk = elementsAtATime(device)
  const transfers = Array.from({ length: Math.ceil(words.length / chunk) }, (_, i): Transfer => {
    const part = (array: Uint32Array): Uint32Array => array.subarray(i * chunk, (i + 1) * chunk)
    return { what: 'a transfer', uploads: { words: part(words) }, record: () => {}, results: [['words', part(into)]] }
  })
  await runTransfers(device, transfers, deadline)
}

async function runTransfer(
  device: GPUDevice,
  lease: BufferLease,
  transfer: Transfer,
  deadline: Deadline,
): Promise<void> {
  const { what, results } = transfer
  try {
    throwIfAborted(deadline.signals)
    const [staged, accepted] = inErrorScopes(device, what, () =>
      submit(device, lease.buffers(), transfer).map((buffer, i) => {
        const size = sizeInWords(results[i]![1])
        return { buffer, size, mapped: map(buffer, size) }
      }),
    )
    const answered = waitFor(
      Promise.allSettled([accepted, ...staged.map(({ mapped }) => mapped)]),
      deadline,
      () => new GpuError(`The device did not answer ${what} within ${deadline.timeLimit} ms.`, {}, 'timeout'),
      workspaceOf(device).submissions,
    )
    poll(device, answered)
    const [refusal, ...mappings] = await answered
    // After an abort the caller owns the target arrays again, so nothing may be written to them.
    throwIfAborted(deadline.signals)
    if (refusal.status === 'rejected') throw refusal.reason
    for (const mapping of mappings) {
      if (mapping.status === 'fulfilled') continue
      const message = `The result of ${what} could not be read back: ${textOf(mapping.reason)}.`
      throw new GpuError(message, { cause: mapping.reason })
    }
    for (const [i, { buffer, size }] of staged.entries()) {
      const into = bytesOf(results[i]![1])
      into.set(new Uint8Array(buffer.getMappedRange(0, size), 0, into.length))
      buffer.unmap()
    }
  } catch (error) {
    lease.discard()
    throw deadline.signals.some(isAborted) ? error : asGpuError(error, what)
  }
  lease.release()
}

// Async, so that an exception of mapAsync becomes a rejection, and the other buffers are awaited all the same.
async function map(buffer: GPUBuffer, size: number): Promise<void> {
  return buffer.mapAsync(MapMode.READ, 0, size)
}

/** Converts an engine's error. Engines throw a RangeError when a mapped buffer or a copy finds no memory. */
function asGpuError(error: unknown, what: string): ActivationsError {
  if (error instanceof ActivationsError) return error
  const code = error instanceof RangeError ? 'out-of-memory' : 'gpu-failure'
  return new GpuError(`The device failed at ${what}: ${textOf(error)}.`, { cause: error }, code)
}

function submit(device: GPUDevice, buffers: readonly GPUBuffer[], transfer: Transfer): readonly GPUBuffer[] {
  const { what, uploads, record, results } = transfer
  const bound = Object.fromEntries(sizesOf(transfer).map(([name, size], i) => [name, { buffer: buffers[i]!, size }]))
  const staging = buffers.slice(Object.keys(bound).length)
  for (const [name, array] of Object.entries(uploads)) {
    device.queue.writeBuffer(bound[name]!.buffer, 0, wholeWords(array))
  }
  const encoder = device.createCommandEncoder({ label: `webgpu-activations ${what}` })
  const pass = encoder.beginComputePass()
  record(pass, bound)
  pass.end()
  for (const [i, [name, into]] of results.entries()) {
    encoder.copyBufferToBuffer(bound[name]!.buffer, 0, staging[i]!, 0, sizeInWords(into))
  }
  device.queue.submit([encoder.finish()])
  return staging
}

/** Returns the bindings of a transfer, with their sizes in bytes. */
function sizesOf({ uploads, others = {}, padding = BYTES_PER_VECTOR }: Transfer): (readonly [string, number])[] {
  const padded = Object.entries(uploads).map(([name, { byteLength }]) => [name, roundUp(byteLength, padding)] as const)
  return [...padded, ...Object.entries(others)]
}

// Chromium's writeBuffer refuses resizable memory, and the npm package `webgpu` (0.6.2) crashes the process on shared
// memory: a copy avoids both. WebGPU refuses sizes that are no multiple of 4 bytes.
function wholeWords(array: Elements | Uint32Array): ArrayBufferView<ArrayBuffer> {
  const { buffer, byteLength } = array
  const isFixed = buffer instanceof ArrayBuffer && (buffer as { resizable?: boolean }).resizable !== true
  if (isFixed && byteLength % BYTES_PER_WORD === 0) return array as typeof array & ArrayBufferView<ArrayBuffer>
  const words = new Uint8Array(sizeInWords(array))
  words.set(bytesOf(array))
  return words
}

function sizeInWords({ byteLength }: ArrayBufferView): number {
  return roundUp(byteLength, BYTES_PER_WORD)
}

function roundUp(bytes: number, multiple: number): number {
  return Math.ceil(bytes / multiple) * multiple
}
