import { BindingError, InputError, show } from '../errors.ts'
import { BufferUsage } from './constants.ts'

/** A checked range of a buffer: `size` bytes from `offset` on. */
export interface BufferRange {
  readonly buffer: GPUBuffer
  readonly offset: number
  readonly size: number
}

// WebGPU's own requirement on the offset of a storage binding, minStorageBufferOffsetAlignment; no device asks for more.
const ALIGNMENT = 256
const BYTES_PER_ELEMENT = 4

/**
 * Checks the bindings of one call and gives each its range. The first sets the length; one that is given without `size`
 * takes as many bytes from its offset on.
 *
 * @throws BindingError InputError
 */
export function readBindings<Name extends string>(
  bindings: unknown,
  names: readonly [Name, ...Name[]],
): Record<Name, BufferRange> {
  if (typeof bindings !== 'object' || bindings === null) {
    throw new InputError('invalid-argument', `The bindings are ${show(bindings)}.`, `Give { ${names.join(', ')} }.`)
  }
  for (const key of Object.keys(bindings)) {
    if ((names as readonly string[]).includes(key)) continue
    throw new InputError('unknown-option', `There is no binding ${show(key)}.`, `Give { ${names.join(', ')} }.`)
  }
  const given = bindings as Readonly<Record<string, unknown>>
  const ranges = {} as Record<Name, BufferRange>
  const [first, ...others] = names
  ranges[first] = readRange(first, given[first], undefined)
  for (const name of others) ranges[name] = readRange(name, given[name], ranges[first].size)
  for (const name of others) {
    if (ranges[name].size === ranges[first].size) continue
    throw new InputError(
      'length-mismatch',
      `${first} has ${ranges[first].size} bytes and ${name} has ${ranges[name].size}.`,
      'Bind ranges of one size.',
    )
  }
  return ranges
}

/** Where a result lies relative to an input: in the same range, in another buffer, or in the way. @throws BindingError */
export function sameRange(outputName: string, output: BufferRange, inputName: string, input: BufferRange): boolean {
  if (output.buffer !== input.buffer || output.size === 0) return false
  if (output.offset === input.offset) return true
  throw new BindingError(
    `${outputName} (offset ${output.offset}) and ${inputName} (offset ${input.offset}) are different ranges of one buffer.`,
    'WebGPU refuses to read and write one buffer in a dispatch: use the same range for both, or two buffers.',
  )
}

/** Refuses two ranges that share a part: WebGPU writes to no more than one of them. @throws BindingError */
export function refuseOverlap(firstName: string, first: BufferRange, secondName: string, second: BufferRange): void {
  const start = Math.max(first.offset, second.offset)
  const end = Math.min(first.offset + first.size, second.offset + second.size)
  if (first.buffer !== second.buffer || start >= end) return
  throw new BindingError(
    `${firstName} (offset ${first.offset}) and ${secondName} (offset ${second.offset}) share ${end - start} bytes.`,
    'Bind ranges that do not overlap.',
  )
}

function readRange(name: string, binding: unknown, sizeOfFirst: number | undefined): BufferRange {
  const { buffer, offset = 0, size } = checkedShape(name, binding)
  if ((buffer.usage & BufferUsage.STORAGE) === 0) {
    throw new BindingError(
      `${name}'s buffer has usage ${buffer.usage}, without STORAGE.`,
      'Create it with GPUBufferUsage.STORAGE.',
    )
  }
  if (buffer.mapState !== 'unmapped') {
    throw new BindingError(
      `${name}'s buffer is ${buffer.mapState === 'pending' ? 'being mapped' : 'mapped'}.`,
      'Unmap it first.',
    )
  }
  if (!Number.isSafeInteger(offset) || offset < 0 || offset % ALIGNMENT !== 0) {
    throw new BindingError(`${name}'s offset is ${show(offset)}.`, `Use a multiple of ${ALIGNMENT} bytes.`)
  }
  const room = buffer.size - offset
  const bytes = size ?? sizeOfFirst ?? room
  if (!Number.isSafeInteger(bytes) || bytes < 0 || bytes > room) {
    throw new BindingError(
      `${name} needs ${show(bytes)} bytes from offset ${offset} on, and its buffer has ${buffer.size}.`,
      'Use a larger buffer or a smaller size.',
    )
  }
  if (bytes % BYTES_PER_ELEMENT !== 0) {
    throw new BindingError(
      `${name} has ${bytes} bytes, which cuts a float32.`,
      `Use a multiple of ${BYTES_PER_ELEMENT} bytes.`,
    )
  }
  return { buffer, offset, size: bytes }
}

function checkedShape(name: string, binding: unknown): GPUBufferBinding {
  if (typeof binding === 'object' && binding !== null) {
    const { buffer } = binding as Partial<GPUBufferBinding>
    if (
      typeof buffer === 'object' &&
      buffer !== null &&
      typeof buffer.usage === 'number' &&
      typeof buffer.size === 'number'
    ) {
      return binding as GPUBufferBinding
    }
  }
  throw new BindingError(`${name} is ${show(binding)}.`, 'Give { buffer: GPUBuffer, offset?, size? }.')
}
