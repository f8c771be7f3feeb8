import { GpuError } from '../errors.ts'
import { BYTES_PER_ELEMENT, type Elements, type Format } from '../formats.ts'
import { type Flight, poolOf } from './buffer-pool.ts'
import { MapMode } from './constants.ts'
import { inErrorScopes } from './error-scopes.ts'
import { BYTES_PER_VECTOR, BYTES_PER_WORD } from './units.ts'

// What one tensor has in one trip: little, so that an upload, a kernel and a result are on their way at the same time, and
// enough to make up for what a trip costs by itself. Of 0.5 to 16 MiB, 2 and 4 took least for 16 Mi elements on SwiftShader
// and lavapipe, and 4 in Chromium (2026-11-21).
const LARGEST_CHUNK = 4 * 2 ** 20

/** How many elements of an array a device takes at a time. */
export function elementsAtATime(
  { limits: { maxBufferSize, maxStorageBufferBindingSize } }: GPUDevice,
  format: Format = 'f32',
): number {
  const vectors = Math.floor(Math.min(LARGEST_CHUNK, maxBufferSize, maxStorageBufferBindingSize) / BYTES_PER_VECTOR)
  return (vectors * BYTES_PER_VECTOR) / BYTES_PER_ELEMENT[format]
}

/** Arrays on their way to the GPU and back. */
export interface Trip {
  /** What it is for, to be named in errors. */
  readonly what: string
  /** The arrays that go, by their names. */
  readonly uploads: Readonly<Record<string, Elements | Uint32Array>>
  /** What else is bound, by its name, and how many bytes that has. It begins with anything. */
  readonly others?: Readonly<Record<string, number>> | undefined
  /** What the bytes of an upload are a multiple of: whole vectors, where it is left out. Behind the array there is anything. */
  readonly padding?: number | undefined
  /** Records what is computed of what was uploaded. */
  readonly record: (pass: GPUComputePassEncoder, bound: Readonly<Record<string, GPUBufferBinding>>) => void
  /** Whose buffers come back, by their names, and into which arrays. */
  readonly results: readonly (readonly [name: string, into: Elements | Uint32Array])[]
}

/**
 * Makes trips to the GPU and back, as many at a time as the pool of the device has room for: while one is computed, others are
 * uploaded and read back. Ends when all have.
 *
 * @throws GpuError when the device refuses or fails any step; whatever the engine or the iteration throws
 */
export async function makeTrips(device: GPUDevice, trips: Iterable<Trip>): Promise<void> {
  const pool = poolOf(device)
  const underWay: Promise<void>[] = []
  let failure: { readonly error: unknown } | undefined
  try {
    for (const trip of trips) {
      const flight = await pool.reserve([
        ...sizesOf(trip).map(([, size]) => ({ purpose: 'device', size }) as const),
        ...trip.results.map(([, into]) => ({ purpose: 'staging', size: sizeInWords(into) }) as const),
      ])
      underWay.push(fly(device, flight, trip).catch((error: unknown) => void (failure ??= { error })))
      if (failure !== undefined) break
    }
  } catch (error) {
    failure ??= { error }
  }
  await Promise.all(underWay)
  if (failure !== undefined) throw failure.error
}

/**
 * Moves bytes to the GPU and back, in chunks, and computes nothing.
 *
 * @param into as long as what goes
 * @throws GpuError as {@link makeTrips}
 */
export async function moveThereAndBack(device: GPUDevice, words: Uint32Array, into: Uint32Array): Promise<void> {
  const chunk = elementsAtATime(device)
  const trips = Array.from({ length: Math.ceil(words.length / chunk) }, (_, i): Trip => {
    const part = (array: Uint32Array): Uint32Array => array.subarray(i * chunk, (i + 1) * chunk)
    return { what: 'a trip', uploads: { words: part(words) }, record: () => {}, results: [['words', part(into)]] }
  })
  await makeTrips(device, trips)
}

async function fly(device: GPUDevice, flight: Flight, trip: Trip): Promise<void> {
  const { what, results } = trip
  try {
    const [staged, accepted] = inErrorScopes(device, what, () =>
      submit(device, flight.buffers(), trip).map((buffer, i) => {
        const size = sizeInWords(results[i]![1])
        return { buffer, size, mapped: buffer.mapAsync(MapMode.READ, 0, size) }
      }),
    )
    const [refusal, ...mappings] = await Promise.allSettled([accepted, ...staged.map(({ mapped }) => mapped)])
    if (refusal.status === 'rejected') throw refusal.reason
    for (const mapping of mappings) {
      if (mapping.status === 'fulfilled') continue
      const message = `The result of ${what} could not be read back: ${String(mapping.reason)}.`
      throw new GpuError(message, { cause: mapping.reason })
    }
    for (const [i, { buffer, size }] of staged.entries()) {
      const into = bytesOf(results[i]![1])
      into.set(new Uint8Array(buffer.getMappedRange(0, size), 0, into.length))
      buffer.unmap()
    }
  } catch (error) {
    flight.crash()
    throw error
  }
  flight.land()
}

/** Submits a trip; returns the buffers that its results are in, to be mapped. */
function submit(device: GPUDevice, buffers: readonly GPUBuffer[], trip: Trip): readonly GPUBuffer[] {
  const { what, uploads, record, results } = trip
  const bound = Object.fromEntries(sizesOf(trip).map(([name, size], i) => [name, { buffer: buffers[i]!, size }]))
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

/** What is bound, and how many bytes of it. */
function sizesOf({ uploads, others = {}, padding = BYTES_PER_VECTOR }: Trip): (readonly [string, number])[] {
  const padded = Object.entries(uploads).map(([name, { byteLength }]) => [name, roundUp(byteLength, padding)] as const)
  return [...padded, ...Object.entries(others)]
}

// Chromium's writeBuffer refuses memory that can be resized, and the npm package `webgpu` (0.6.2) crashes the process on
// memory that is shared. A copy serves both. Half a word is refused everywhere.
function wholeWords(array: Elements | Uint32Array): ArrayBufferView<ArrayBuffer> {
  const { buffer, byteLength } = array
  const isFixed = buffer instanceof ArrayBuffer && (buffer as { resizable?: boolean }).resizable !== true
  if (isFixed && byteLength % BYTES_PER_WORD === 0) return array as typeof array & ArrayBufferView<ArrayBuffer>
  const words = new Uint8Array(sizeInWords(array))
  words.set(bytesOf(array))
  return words
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function sizeInWords({ byteLength }: ArrayBufferView): number {
  return roundUp(byteLength, BYTES_PER_WORD)
}

function roundUp(bytes: number, multiple: number): number {
  return Math.ceil(bytes / multiple) * multiple
}
