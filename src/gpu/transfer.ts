import type { Direction } from '../activations/activation.ts'
import { isGated } from '../activations/gated.ts'
import { BYTES_PER_ELEMENT, type Elements, type Format } from '../formats.ts'
import { GpuError } from '../errors.ts'
import { BufferUsage, MapMode } from './constants.ts'
import { inErrorScopes } from './error-scopes.ts'
import { recorderOf } from './kernels.ts'
import { type Features, operationWith, type Programmed } from './operation.ts'
import { layoutOf } from './program-layouts.ts'
import { BYTES_PER_VECTOR, BYTES_PER_WORD, ELEMENTS_PER_MASK_WORD } from './units.ts'

// In flight at a time: enough to keep a GPU busy, and little enough for a phone.
const LARGEST_CHUNK = 64 * 2 ** 20

/** How many elements of an array a device takes at a time. */
export function elementsAtATime(
  { limits: { maxBufferSize, maxStorageBufferBindingSize } }: GPUDevice,
  format: Format = 'f32',
): number {
  const vectors = Math.floor(Math.min(LARGEST_CHUNK, maxBufferSize, maxStorageBufferBindingSize) / BYTES_PER_VECTOR)
  return (vectors * BYTES_PER_VECTOR) / BYTES_PER_ELEMENT[format]
}

/**
 * Computes arrays on the GPU: uploads, runs the kernel, reads back, in chunks that fit the device. Frees all buffers it
 * made; the kernels keep the slopes of a prelu for later calls.
 *
 * @param features whether a mask is wanted, or what stands for x
 * @returns y or dx; of a gated pair y, or dGate and dUp: arrays of the kind of the inputs; and behind them the mask
 * @throws GpuError when the device refuses or fails any step; DestroyedError when it is lost; whatever the engine throws
 * when an array is detached meanwhile
 */
export async function computeOnGpu(
  device: GPUDevice,
  activation: Programmed,
  direction: Direction,
  inputs: Readonly<Record<string, Elements | Uint32Array>>,
  format: Format,
  features: Features = {},
): Promise<(Elements | Uint32Array)[]> {
  const arrays = Object.entries(inputs)
  const { length } = arrays.find(([name]) => name !== 'mask')![1]
  const inPlace = resultsInPlace(activation, direction)
  const results: (Elements | Uint32Array)[] = Object.keys(inPlace).map(() => allocate(format, length))
  const recorder = recorderOf(device)
  const operation = operationWith(activation, direction, features)
  const layout = layoutOf(operation, inPlace, 'vectors')
  await recorder.prepareAll([{ activation, operation, format, ...layout }])
  const hasMask = operation.slots.some(({ role }) => role === 'mask')
  const mask = operation.masked ? new Uint32Array(wordsOfMask(length)) : undefined
  if (mask !== undefined) results.push(mask)
  const most = elementsAtATime(device, format)
  // A chunk has whole words of the mask, and so does its padding: then there is no tail, which takes another program.
  const chunk = hasMask ? most - (most % ELEMENTS_PER_MASK_WORD) : most
  const padding = hasMask ? ELEMENTS_PER_MASK_WORD * BYTES_PER_ELEMENT[format] : BYTES_PER_VECTOR
  for (let start = 0; start < length; start += chunk) {
    const end = Math.min(start + chunk, length)
    const part = <Whole extends Elements | Uint32Array>(array: Whole): Whole =>
      (array instanceof Uint32Array
        ? array.subarray(start / ELEMENTS_PER_MASK_WORD, wordsOfMask(end))
        : array.subarray(start, end)) as Whole
    const uploads = Object.fromEntries(arrays.map(([name, array]) => [name, part(array)]))
    const parts = results.map(part)
    const what = `${activation} ${direction} over ${end - start} elements`
    const encode: Encode = (encoder, buffers, make) => {
      const outputs = Object.entries(inPlace).map(([output, input]) => [output, buffers[input]!] as const)
      if (mask !== undefined) {
        const size = wordsOfMask(end - start) * BYTES_PER_WORD
        outputs.push(['mask', make('mask', size, BufferUsage.STORAGE | BufferUsage.COPY_SRC)])
      }
      const bound = Object.entries({ ...buffers, ...Object.fromEntries(outputs) })
      const bindings = Object.fromEntries(bound.map(([name, buffer]) => [name, { buffer }]))
      const pass = encoder.beginComputePass()
      recorder.record(direction, pass, activation, { ...bindings, format }, start)
      pass.end()
      return outputs.map(([, buffer]) => buffer)
    }
    await transfer(device, what, uploads, parts, encode, padding)
  }
  // What the padding left.
  const inLastWord = length % ELEMENTS_PER_MASK_WORD
  if (mask !== undefined && inLastWord > 0) mask[mask.length - 1]! &= ~(-1 << inLastWord)
  return results
}

function wordsOfMask(elements: number): number {
  return Math.ceil(elements / ELEMENTS_PER_MASK_WORD)
}

function allocate(format: Format, length: number): Elements {
  if (format === 'i32') return new Int32Array(length)
  return BYTES_PER_ELEMENT[format] === 2 ? new Uint16Array(length) : new Float32Array(length)
}

/** Which result goes over which input: in place, which saves buffers of their size. */
function resultsInPlace(activation: Programmed, direction: Direction): Record<string, string> {
  if (isGated(activation)) return direction === 'forward' ? { y: 'gate' } : { dGate: 'gate', dUp: 'up' }
  return direction === 'forward' ? { y: 'x' } : { dx: 'dy' }
}

/** Creates a buffer that lives as long as its transfer. */
type Make = (name: string, size: number, usage: number) => GPUBuffer

/** Gets the uploads in buffers of their names, and returns the buffers that results are read from, in their order. */
type Encode = (encoder: GPUCommandEncoder, buffers: Record<string, GPUBuffer>, make: Make) => readonly GPUBuffer[]

/**
 * One trip to the GPU and back: uploads arrays, submits what is encoded, and reads results. Frees all buffers it made. Those of
 * the arrays are a multiple of `padding` bytes, with zeros behind the end: whole vectors, where it is left out.
 *
 * @throws GpuError when the device refuses or fails any step
 */
export async function transfer(
  device: GPUDevice,
  what: string,
  uploads: Readonly<Record<string, Elements | Uint32Array>>,
  results: readonly (Elements | Uint32Array)[],
  encode: Encode,
  padding: number = BYTES_PER_VECTOR,
): Promise<void> {
  const made: GPUBuffer[] = []
  const make: Make = (name, size, usage) => {
    const buffer = device.createBuffer({ label: `webgpu-activations ${name}`, size, usage })
    made.push(buffer)
    return buffer
  }
  const submit = (): GPUBuffer[] => {
    const usage = BufferUsage.STORAGE | BufferUsage.COPY_DST | BufferUsage.COPY_SRC
    const buffers: Record<string, GPUBuffer> = {}
    for (const [name, array] of Object.entries(uploads)) {
      buffers[name] = make(name, roundUp(array.byteLength, padding), usage)
      device.queue.writeBuffer(buffers[name], 0, wholeWords(array))
    }
    const encoder = device.createCommandEncoder({ label: `webgpu-activations ${what}` })
    const staged = encode(encoder, buffers, make).map((buffer, i) => {
      const size = roundUp(results[i]!.byteLength, BYTES_PER_WORD)
      const staging = make('staging', size, BufferUsage.MAP_READ | BufferUsage.COPY_DST)
      encoder.copyBufferToBuffer(buffer, 0, staging, 0, size)
      return staging
    })
    device.queue.submit([encoder.finish()])
    return staged
  }
  try {
    const [staged, accepted] = inErrorScopes(device, what, () =>
      submit().map(buffer => ({ buffer, mapped: buffer.mapAsync(MapMode.READ) })),
    )
    const [refusal, ...mappings] = await Promise.allSettled([accepted, ...staged.map(({ mapped }) => mapped)])
    if (refusal.status === 'rejected') throw refusal.reason
    for (const [i, mapping] of mappings.entries()) {
      if (mapping.status === 'rejected') {
        throw new GpuError(`The result of ${what} could not be read back: ${String(mapping.reason)}.`, {
          cause: mapping.reason,
        })
      }
      const { buffer, byteOffset, byteLength } = results[i]!
      new Uint8Array(buffer, byteOffset).set(new Uint8Array(staged[i]!.buffer.getMappedRange(), 0, byteLength))
    }
  } finally {
    for (const buffer of made) buffer.destroy()
  }
}

// Chromium's writeBuffer refuses memory that can be resized, and the npm package `webgpu` (0.6.2) crashes the process on
// memory that is shared. A copy serves both. Half a word is refused everywhere.
function wholeWords(array: Elements | Uint32Array): ArrayBufferView<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = array
  const isFixed = buffer instanceof ArrayBuffer && (buffer as { resizable?: boolean }).resizable !== true
  if (isFixed && byteLength % BYTES_PER_WORD === 0) return array as typeof array & ArrayBufferView<ArrayBuffer>
  const words = new Uint8Array(roundUp(byteLength, BYTES_PER_WORD))
  words.set(new Uint8Array(buffer, byteOffset, byteLength))
  return words
}

function roundUp(bytes: number, multiple: number): number {
  return Math.ceil(bytes / multiple) * multiple
}
